// The first administrator, by the link that the service prints. The token stands behind #, which no server sees.

import { useState, type FormEvent } from "react";
import { useTranslation } from "react-i18next";
import { useLocation, useNavigate } from "react-router-dom";

import { api, body } from "../api/client";
import { useSession } from "../api/session";
import { useAction } from "../ui/action";
import { Button } from "../ui/button";
import { Failure, Notice } from "../ui/feedback";
import { TextField } from "../ui/fields";
import { Page } from "../ui/page";

export function SetUp() {
  const { t } = useTranslation();
  const { enter } = useSession();
  const navigate = useNavigate();
  const token = new URLSearchParams(useLocation().hash.slice(1)).get("token") ?? "";
  const [name, setName] = useState("");
  const [email, setEmail] = useState("");
  const [password, setPassword] = useState("");
  const setUp = useAction(async () => {
    await api.POST("/v1/setup", { body: { token, name, email, password } });
    enter(await body(api.POST("/v1/session", { body: { email, password } })));
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
          <TextField label={t("fields.name")} name="name" autoComplete="name" value={name} onChange={setName} error={setUp.at("name")} required autoFocus />
          <TextField label={t("fields.email")} name="email" type="email" autoComplete="username" value={email} onChange={setEmail} error={setUp.at("email")} required />
          <TextField
            label={t("fields.newPassword")}
            name="password"
            type="password"
            autoComplete="new-password"
            value={password}
            onChange={setPassword}
            help={t("fields.passwordHelp")}
            error={setUp.at("password")}
            required
          />
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
