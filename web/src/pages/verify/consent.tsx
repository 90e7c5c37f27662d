import { useQuery } from "@tanstack/react-query";
import { useRef, useState } from "react";
import { useTranslation } from "react-i18next";

import { api, body, idempotencyKey, type Case } from "../../api/client";
import { useAction } from "../../ui/action";
import { Button } from "../../ui/button";
import { Failure, Loading } from "../../ui/feedback";
import { Checkbox } from "../../ui/fields";
import { Card } from "../../ui/page";

export function ConsentStep({ held, onChange }: { held: Case | undefined; onChange: (held: Case) => void }) {
  const { t, i18n } = useTranslation();
  const language = i18n.language === "de" ? "de" : "en";
  const [agreed, setAgreed] = useState(false);
  const key = useRef(idempotencyKey());
  const text = useQuery({
    queryKey: ["consent", language],
    queryFn: () => body(api.GET("/v1/consent", { params: { query: { language } } })),
  });
  const consent = useAction(async () => {
    const made =
      held ?? (await body(api.POST("/v1/cases", { body: {}, params: { header: { "Idempotency-Key": key.current } } })));
    onChange(
      await body(
        api.POST("/v1/cases/{id}/consent", { params: { path: { id: made.id } }, body: { version: text.data!.version, language: text.data!.language } }),
      ),
    );
  });
  if (text.isPending) return <Loading />;
  if (text.error) return <Failure error={text.error} retry={() => void text.refetch()} />;
  return (
    <Card title={t("consent.title")}>
      <p>{t("consent.intro")}</p>
      <ul className="needs">
        <li>{t("consent.needDocument")}</li>
        <li>{t("consent.needCamera")}</li>
        <li>{t("consent.needTime")}</li>
      </ul>
      <div className="legal" lang={text.data.language}>
        {text.data.text.split("\n\n").map((paragraph) => (
          <p key={paragraph}>{paragraph}</p>
        ))}
      </div>
      <p className="note">{t("consent.version", { version: text.data.version })}</p>
      <Failure error={consent.error} />
      <Checkbox isSelected={agreed} onChange={setAgreed}>
        {t("consent.agree")}
      </Checkbox>
      <div className="actions">
        <Button look="primary" isDisabled={!agreed} isPending={consent.busy} onPress={() => void consent.run()}>
          {t("consent.go")}
        </Button>
      </div>
    </Card>
  );
}
