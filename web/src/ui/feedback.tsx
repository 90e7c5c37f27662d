// What the pages tell: notices, states, progress.

import type { ReactNode } from "react";
import { Label, ProgressBar } from "react-aria-components";
import { useTranslation } from "react-i18next";

import { ApiError } from "../api/client";
import { Icon, type IconName } from "./icons";
import { Button } from "./button";

export type Tone = "neutral" | "info" | "good" | "warn" | "bad";

const toneIcon: Record<Tone, IconName> = { neutral: "info", info: "info", good: "check", warn: "warn", bad: "warn" };

export function Notice({ tone = "info", title, children }: { tone?: Tone; title?: ReactNode; children?: ReactNode }) {
  return (
    <div className={`notice ${tone}`} role={tone === "bad" ? "alert" : "status"}>
      <Icon name={toneIcon[tone]} />
      <div>
        {title && <p className="notice-title">{title}</p>}
        {children && <div>{children}</div>}
      </div>
    </div>
  );
}

export function Badge({ tone = "neutral", children }: { tone?: Tone; children: ReactNode }) {
  return <span className={`badge ${tone}`}>{children}</span>;
}

export function Loading() {
  const { t } = useTranslation();
  return (
    <p className="loading" role="status">
      <span className="spinner" aria-hidden="true" />
      {t("common.loading")}
    </p>
  );
}

/** A failed call in the words of the person's language, as far as we have some for its code. */
export function useErrorText() {
  const { t, i18n } = useTranslation();
  return (error: unknown): string => {
    if (error instanceof ApiError) {
      const key = `errors.${error.code}` as "errors.unreachable";
      if (i18n.exists(key)) return t(key);
      return error.message;
    }
    return error instanceof Error ? error.message : String(error);
  };
}

export function Failure({ error, retry }: { error: unknown; retry?: () => void }) {
  const { t } = useTranslation();
  const text = useErrorText();
  if (!error) return null;
  return (
    <Notice tone="bad" title={text(error)}>
      {retry && (
        <Button look="quiet" onPress={retry}>
          {t("common.tryAgain")}
        </Button>
      )}
    </Notice>
  );
}

export function Empty({ icon = "inbox", title, children }: { icon?: IconName; title: string; children?: ReactNode }) {
  return (
    <div className="empty">
      <Icon name={icon} size={32} />
      <p className="empty-title">{title}</p>
      {children}
    </div>
  );
}

/** share: 0 to 1; null: nobody knows how long it takes. */
export function Progress({ label, share, text }: { label: string; share: number | null; text?: string }) {
  return (
    <ProgressBar
      className="progress"
      value={share === null ? 0 : share * 100}
      isIndeterminate={share === null}
      {...(text ? { valueLabel: text } : {})}
    >
      {({ percentage, valueText }) => (
        <>
          <div className="progress-head">
            <Label>{label}</Label>
            <span className="number">{text ?? (share === null ? "" : valueText)}</span>
          </div>
          <svg className="progress-track" viewBox="0 0 100 1" preserveAspectRatio="none" aria-hidden="true">
            <rect
              className={share === null ? "progress-fill moving" : "progress-fill"}
              width={share === null ? 30 : (percentage ?? 0)}
              height="1"
            />
          </svg>
        </>
      )}
    </ProgressBar>
  );
}
