// The decision with its reasons in plain words, and the person's right to have everything erased.

import { useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router-dom";

import { api, type Case } from "../../api/client";
import { languages } from "../../i18n";
import { useFormat } from "../../i18n/format";
import { ButtonLink } from "../../ui/button";
import { Confirm } from "../../ui/confirm";
import { Icon, type IconName } from "../../ui/icons";
import { Card, Facts } from "../../ui/page";

type Ended = "accepted" | "rejected" | "review" | "expired" | "erased";

const looks: Record<Ended, { tone: string; icon: IconName }> = {
  accepted: { tone: "good", icon: "check" },
  rejected: { tone: "bad", icon: "cross" },
  review: { tone: "warn", icon: "eye" },
  expired: { tone: "neutral", icon: "clock" },
  erased: { tone: "neutral", icon: "trash" },
};

/** Each reason once: several prompts may have failed for the same one. */
function different(reasons: Case["reasons"]): Case["reasons"] {
  return reasons.filter((reason, index) => reasons.findIndex((other) => other.code === reason.code) === index);
}

/** A reason in the person's language where we know its code, else in the service's words; with what to do about it. */
export function useReasonText() {
  const { t, i18n } = useTranslation();
  return (reason: { code: string; message: string }) => {
    const key = `reasons.${reason.code}.text` as "reasons.still_picture.text";
    const advice = `reasons.${reason.code}.advice` as "reasons.still_picture.advice";
    return { text: i18n.exists(key) ? t(key) : reason.message, advice: i18n.exists(advice) ? t(advice) : undefined };
  };
}

export function ResultStep({ held }: { held: Case }) {
  const { t } = useTranslation();
  const format = useFormat();
  const words = useReasonText();
  const state = held.state as Ended;
  const look = looks[state];
  return (
    <Card>
      <div className={`verdict ${look.tone}`} role="status">
        <span className="verdict-mark">
          <Icon name={look.icon} size={32} strokeWidth={2.2} />
        </span>
        <h2>{t(`result.${state}.title`)}</h2>
        <p>{t(`result.${state}.text`)}</p>
      </div>
      {held.reasons.length > 0 && (
        <>
          <h3>{t("result.reasons")}</h3>
          <ul className="reasons">
            {different(held.reasons).map((reason) => {
              const { text, advice } = words(reason);
              return (
                <li key={reason.code} data-code={reason.code}>
                  <p>{text}</p>
                  {advice && <p className="note">{advice}</p>}
                </li>
              );
            })}
          </ul>
        </>
      )}
      <Facts
        rows={[
          [t("result.number"), <code key="id">{held.id}</code>],
          ...(held.submitted_at ? [[t("result.submitted"), format.time(held.submitted_at)] as [string, string]] : []),
          ...(held.decided_at ? [[t("result.decided"), format.time(held.decided_at)] as [string, string]] : []),
          ...(held.decided_by ? [[t("result.by"), t(`result.decidedBy.${held.decided_by}`)] as [string, string]] : []),
          ...(held.consent_version
            ? [[t("result.consent"), `${held.consent_version}, ${languages[held.consent_language === "de" ? "de" : "en"]}`] as [string, string]]
            : []),
        ]}
      />
      {(state === "rejected" || state === "expired" || state === "erased") && (
        <div className="actions">
          <ButtonLink look="primary" to="/verify/new">
            {t("result.again")}
          </ButtonLink>
        </div>
      )}
    </Card>
  );
}

export function EraseCase({ held }: { held: Case }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const queries = useQueryClient();
  return (
    <div className="beside">
      <Confirm
        label={t("erase.button")}
        icon="trash"
        look="quiet"
        title={t("erase.title")}
        confirm={t("erase.confirm")}
        onConfirm={async () => {
          await api.DELETE("/v1/cases/{id}", { params: { path: { id: held.id } } });
          queries.removeQueries({ queryKey: ["case", held.id] });
          await queries.invalidateQueries({ queryKey: ["cases"] });
          navigate("/verify", { replace: true });
        }}
      >
        <p>{t("erase.text")}</p>
      </Confirm>
    </div>
  );
}
