import { useTranslation } from "react-i18next";

import { api, body, type Case } from "../../api/client";
import { usePages } from "../../api/paging";
import { useFormat } from "../../i18n/format";
import { Failure } from "../../ui/feedback";
import { Paged, RowLink } from "../../ui/list";
import { Page } from "../../ui/page";
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
      <Paged list={list} icon="check" none={t("reviews.none")}>
        {(cases) => (
          <section className="card">
            <ul className="rows">
              {cases.map((each) => (
                <RowLink
                  key={each.id}
                  to={`/reviews/${each.id}`}
                  title={[...new Set(each.reasons.map((reason) => words(reason).text))].join(" ") || each.id}
                  note={t("reviews.submitted", { time: format.time(each.submitted_at ?? each.created_at) })}
                />
              ))}
            </ul>
          </section>
        )}
      </Paged>
    </Page>
  );
}
