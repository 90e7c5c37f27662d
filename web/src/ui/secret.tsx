// Something that is shown this once: an API key, a webhook's secret.

import { useState } from "react";
import { useTranslation } from "react-i18next";

import { Button } from "./button";
import { Notice } from "./feedback";

export function Secret({ title, text, value, onClose }: { title: string; text: string; value: string; onClose: () => void }) {
  const { t } = useTranslation();
  const [copied, setCopied] = useState(false);
  return (
    <Notice tone="good" title={title}>
      <p>{text}</p>
      <code className="secret">{value}</code>
      <div className="actions">
        <Button
          onPress={() => {
            void navigator.clipboard?.writeText(value).then(() => setCopied(true));
          }}
        >
          {copied ? t("common.copied") : t("common.copy")}
        </Button>
        <Button look="quiet" onPress={onClose}>
          {t("common.close")}
        </Button>
      </div>
    </Notice>
  );
}
