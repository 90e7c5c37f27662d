import { useTranslation } from "react-i18next";

import { ButtonLink } from "../ui/button";
import { Empty } from "../ui/feedback";
import { Page } from "../ui/page";

export function NotFound() {
  const { t } = useTranslation();
  return (
    <Page narrow title={t("notFound.title")}>
      <Empty icon="search" title={t("notFound.text")}>
        <ButtonLink to="/">{t("notFound.home")}</ButtonLink>
      </Empty>
    </Page>
  );
}

export function NotForYou() {
  const { t } = useTranslation();
  return (
    <Page narrow title={t("notFound.forbidden")}>
      <Empty icon="lock" title={t("notFound.forbiddenText")}>
        <ButtonLink to="/">{t("notFound.home")}</ButtonLink>
      </Empty>
    </Page>
  );
}
