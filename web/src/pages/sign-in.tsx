import { useState, type FormEvent } from "react";
import { useTranslation } from "react-i18next";
import { Link, Navigate, useLocation } from "react-router-dom";

import { api, ApiError, body } from "../api/client";
import { useSession } from "../api/session";
import { useAction } from "../ui/action";
import { Button } from "../ui/button";
import { Failure, Notice } from "../ui/feedback";
import { TextField } from "../ui/fields";
import { Page } from "../ui/page";

/** Where the person wanted to go before the log-in was asked for. */
export interface Wanted {
  from?: string;
}

export function SignIn({ admin = false }: { admin?: boolean }) {
  const { t } = useTranslation();
  const { session, enter } = useSession();
  const location = useLocation();
  const [email, setEmail] = useState("");
  const [password, setPassword] = useState("");
  const [code, setCode] = useState("");
  const [askCode, setAskCode] = useState(admin);
  const [notAdmin, setNotAdmin] = useState(false);

  const signIn = useAction(async () => {
    try {
      const made = await body(
        api.POST("/v1/session", { body: { email, password, ...(askCode && code ? { totp: code.replace(/\s/g, "") } : {}) } }),
      );
      if (admin && made.account.role !== "admin") setNotAdmin(true);
      enter(made);
    } catch (error) {
      if (error instanceof ApiError && error.code === "totp_required" && !askCode) {
        setAskCode(true);
        return;
      }
      throw error;
    }
  });

  if (session) {
    const wanted = (location.state as Wanted | null)?.from;
    if (session.totp_setup_required) return <Navigate to="/totp" replace />;
    return <Navigate to={wanted ?? (admin && !notAdmin ? "/users" : "/")} replace />;
  }
  const waiting = signIn.error instanceof ApiError && signIn.error.code === "account_pending";
  return (
    <Page narrow title={admin ? t("signIn.adminTitle") : t("signIn.title")} lead={admin ? t("signIn.adminLead") : t("signIn.lead")}>
      <form
        className="card form"
        onSubmit={(event: FormEvent) => {
          event.preventDefault();
          void signIn.run();
        }}
      >
        {waiting ? (
          <Notice tone="warn" title={t("signIn.pendingTitle")}>
            {t("signIn.pendingText")}
          </Notice>
        ) : (
          <Failure error={signIn.general("totp")} />
        )}
        <TextField label={t("fields.email")} name="email" type="email" autoComplete="username" value={email} onChange={setEmail} required autoFocus />
        <TextField label={t("fields.password")} name="password" type="password" autoComplete="current-password" value={password} onChange={setPassword} required />
        {askCode && (
          <TextField
            label={t("fields.code")}
            name="totp"
            inputMode="numeric"
            autoComplete="one-time-code"
            maxLength={10}
            value={code}
            onChange={setCode}
            help={admin ? t("signIn.codeFirst") : t("signIn.codeHelp")}
            error={signIn.at("totp")}
            autoFocus={!admin}
          />
        )}
        <Button look="primary" type="submit" isPending={signIn.busy}>
          {t("signIn.submit")}
        </Button>
      </form>
      <p className="beside">
        {t("signIn.noAccount")} <Link to="/register">{t("signIn.register")}</Link>
      </p>
      <p className="beside">
        {admin ? <Link to="/sign-in">{t("signIn.toPerson")}</Link> : <Link to="/sign-in/admin">{t("signIn.toAdmin")}</Link>}
      </p>
    </Page>
  );
}
