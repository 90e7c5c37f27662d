import { useTranslation } from "react-i18next";

import { api, body, type Case } from "../api/client";
import { usePages } from "../api/paging";
import { useAccount } from "../api/session";
import { useFormat } from "../i18n/format";
import { ButtonLink } from "../ui/button";
import { Badge, Empty, Failure, Loading, type Tone } from "../ui/feedback";
import { More, RowLink } from "../ui/list";
import { Page } from "../ui/page";

const tones: Record<Case["state"], Tone> = {
  created: "neutral",
  consented: "neutral",
  document: "neutral",
  selfie: "neutral",
  processing: "info",
  accepted: "good",
  rejected: "bad",
  review: "warn",
  expired: "neutral",
  erased: "neutral",
};

export function CaseBadge({ state }: { state: Case["state"] }) {
  const { t } = useTranslation();
  return <Badge tone={tones[state]}>{t(`caseStates.${state}`)}</Badge>;
}

/** One's own cases, newest first (an administrator is shown everybody's by the service: others' are left out here). */
export function CaseList({ limit }: { limit: number }) {
  const { t } = useTranslation();
  const format = useFormat();
  const account = useAccount();
  const list = usePages<Case>(["cases", limit], (cursor, signal) =>
    body(api.GET("/v1/cases", { params: { query: { limit, ...(cursor ? { cursor } : {}) } }, signal })),
  );
  if (list.loading) return <Loading />;
  if (list.error) return <Failure error={list.error} retry={list.reload} />;
  const own = list.items.filter((each) => each.account === account.id && each.state !== "erased");
  return (
    <>
      {own.length === 0 ? (
        <Empty icon="shield" title={t("verify.none")} />
      ) : (
        <ul className="rows">
          {own.map((each) => (
            <RowLink
              key={each.id}
              to={`/verify/${each.id}`}
              title={t("verify.of", { time: format.time(each.created_at) })}
              note={t(`verify.listNotes.${each.state}`)}
              badge={<CaseBadge state={each.state} />}
            />
          ))}
        </ul>
      )}
      <More list={list} />
    </>
  );
}

export function MyVerifications() {
  const { t } = useTranslation();
  return (
    <Page
      title={t("verify.listTitle")}
      lead={t("verify.listLead")}
      actions={
        <ButtonLink look="primary" icon="plus" to="/verify/new">
          {t("verify.begin")}
        </ButtonLink>
      }
    >
      <section className="card">
        <CaseList limit={20} />
      </section>
    </Page>
  );
}
