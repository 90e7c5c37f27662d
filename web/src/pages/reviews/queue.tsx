import { useTranslation } from "react-i18next";
import { Link } from "react-router-dom";

import { api, body, type Case } from "../../api/client";
import { usePages } from "../../api/paging";
import { useFormat } from "../../i18n/format";
import { Empty, Failure, Loading } from "../../ui/feedback";
import { Icon } from "../../ui/icons";
import { More, Page } from "../../ui/page";
import { useReasonText } from "../verify/result";

export function Reviews() {
  const { t } = useTranslation();
  const format = useFormat();
  const words = useReasonText();
  const list = usePages<Case>(["reviews"], (cursor, signal) =>
    body(api.GET("/v1/reviews", { params: { query: { limit: 25, ...(cursor ? { cursor } : {}) } }, signal })),
  );
  return (
    <Page title={t("reviews.title")} lead={t("reviews.lead")}>
      <Failure error={list.error} retry={list.reload} />
      {list.loading ? (
        <Loading />
      ) : list.items.length === 0 ? (
        <Empty icon="check" title={t("reviews.none")} />
      ) : (
        <section className="card">
          <ul className="rows">
            {list.items.map((each) => (
              <li key={each.id}>
                <Link className="row-link" to={`/reviews/${each.id}`}>
                  <span className="row-main">
                    <span className="row-title">{[...new Set(each.reasons.map((reason) => words(reason).text))].join(" ") || each.id}</span>
                    <span className="note">{t("reviews.submitted", { time: format.time(each.submitted_at ?? each.created_at) })}</span>
                  </span>
                  <Icon name="next" size={16} />
                </Link>
              </li>
            ))}
          </ul>
        </section>
      )}
      <More list={list} />
    </Page>
  );
}
