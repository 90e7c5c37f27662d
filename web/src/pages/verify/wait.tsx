import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";

import type { Case } from "../../api/client";
import { Progress } from "../../ui/feedback";
import { Icon } from "../../ui/icons";
import { Card } from "../../ui/page";

/** While the service looks: it asks the case once a second, and says how long that has been. */
export function WaitStep({ held }: { held: Case }) {
  const { t } = useTranslation();
  const [now, setNow] = useState(Date.now());
  useEffect(() => {
    const timer = window.setInterval(() => setNow(Date.now()), 1000);
    return () => window.clearInterval(timer);
  }, []);
  const seconds = held.submitted_at ? Math.max(0, Math.round((now - Date.parse(held.submitted_at)) / 1000)) : 0;
  return (
    <Card title={t("wait.title")}>
      <ol className="steps-list">
        <li className="done">
          <Icon name="check" size={18} />
          {t("wait.received")}
        </li>
        <li className="now">
          <Icon name="eye" size={18} />
          {t("wait.compared")}
        </li>
        <li>
          <Icon name="shield" size={18} />
          {t("wait.decision")}
        </li>
      </ol>
      <Progress label={t("wait.running")} share={null} text={t("wait.seconds", { count: seconds })} />
      <p className="note">{t("wait.leave")}</p>
    </Card>
  );
}
