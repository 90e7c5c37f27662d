// The first administrator, by the link that the service prints. The token stands behind #, which no server sees.

import { type FormEvent } from "react";
import { useTranslation } from "react-i18next";
import { useLocation, useNavigate } from "react-router-dom";

import { api, body } from "../api/client";
import { useSession } from "../api/session";
import { useAction } from "../ui/action";
import { Button } from "../ui/button";
import { Failure, Notice } from "../ui/feedback";
import { Page } from "../ui/page";
import { NewAccountFields, useNewAccount } from "./new-account";

export function SetUp() {
  const { t } = useTranslation();
  const { enter } = useSession();
  const navigate = useNavigate();
  const token = new URLSearchParams(useLocation().hash.slice(1)).get("token") ?? "";
  const account = useNewAccount();
  const setUp = useAction(async () => {
    await api.POST("/v1/setup", { body: { token, ...account.values } });
    enter(await body(api.POST("/v1/session", { body: { email: account.values.email, password: account.values.password } })));
    navigate("/totp", { replace: true });
  });
  return (
    <Page narrow title={t("setup.title")} lead={t("setup.lead")}>
      {token ? (
        <form
          className="card form"
          onSubmit={(event: FormEvent) => {
            event.preventDefault();
            void setUp.run();
          }}
        >
          <Failure error={setUp.general("name", "email", "password")} />
          <NewAccountFields account={account} error={setUp.at} />
          <Button look="primary" type="submit" isPending={setUp.busy}>
            {t("setup.submit")}
          </Button>
        </form>
      ) : (
        <Notice tone="warn" title={t("setup.noTokenTitle")}>
          {t("setup.noToken")} <code>kyclops account setup-link</code>
        </Notice>
      )}
    </Page>
  );
}
