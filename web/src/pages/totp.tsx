// Setting up the one-time password that reviewers and administrators need.

import { useState, type FormEvent } from "react";
import { useTranslation } from "react-i18next";
import { Navigate, useNavigate } from "react-router-dom";

import { api, body, setCsrfToken } from "../api/client";
import { useSession } from "../api/session";
import { useAction } from "../ui/action";
import { Button } from "../ui/button";
import { Failure } from "../ui/feedback";
import { TextField } from "../ui/fields";
import { Page } from "../ui/page";
import { QrCode } from "../ui/qr";

export function TotpSetUp() {
  const { t } = useTranslation();
  const { session, refresh, leave } = useSession();
  const navigate = useNavigate();
  const [password, setPassword] = useState("");
  const [oldCode, setOldCode] = useState("");
  const [code, setCode] = useState("");
  const [begun, setBegun] = useState<{ secret: string; uri: string } | null>(null);
  const begin = useAction(async () => {
    setBegun(await body(api.POST("/v1/account/totp", { body: { password, ...(oldCode ? { totp: oldCode } : {}) } })));
  });
  const confirm = useAction(async () => {
    const made = await body(api.POST("/v1/account/totp/confirm", { body: { totp: code.replace(/\s/g, "") } }));
    setCsrfToken(made.csrf_token);
    await refresh();
    navigate("/", { replace: true });
  });
  if (!session) return <Navigate to="/sign-in" replace />;
  const hasOne = session.account.totp;
  return (
    <Page narrow title={t("totp.title")} lead={session.totp_setup_required ? t("totp.leadRequired") : t("totp.lead")}>
      {begun === null ? (
        <form
          className="card form"
          onSubmit={(event: FormEvent) => {
            event.preventDefault();
            void begin.run();
          }}
        >
          <p>{t("totp.explain")}</p>
          <Failure error={begin.general("password", "totp")} />
          <TextField label={t("totp.password")} name="password" type="password" autoComplete="current-password" value={password} onChange={setPassword} error={begin.at("password")} required autoFocus />
          {hasOne && (
            <TextField label={t("totp.oldCode")} name="totp" inputMode="numeric" autoComplete="one-time-code" value={oldCode} onChange={setOldCode} error={begin.at("totp")} required />
          )}
          <Button look="primary" type="submit" isPending={begin.busy}>
            {t("totp.begin")}
          </Button>
        </form>
      ) : (
        <form
          className="card form"
          onSubmit={(event: FormEvent) => {
            event.preventDefault();
            void confirm.run();
          }}
        >
          <p>{t("totp.scan")}</p>
          <QrCode text={begun.uri} label={t("totp.qr")} />
          <p className="help">
            {t("totp.byHand")}
            <br />
            <code className="secret" data-testid="totp-secret">
              {begun.secret.replace(/(.{4})/g, "$1 ").trim()}
            </code>
          </p>
          <Failure error={confirm.general("totp")} />
          <TextField
            label={t("totp.code")}
            name="totp"
            inputMode="numeric"
            autoComplete="one-time-code"
            maxLength={10}
            value={code}
            onChange={setCode}
            error={confirm.at("totp")}
            required
            autoFocus
          />
          <Button look="primary" type="submit" isPending={confirm.busy}>
            {t("totp.confirm")}
          </Button>
        </form>
      )}
      {session.totp_setup_required && (
        <p className="beside">
          <Button look="quiet" onPress={() => void leave()}>
            {t("nav.signOut")}
          </Button>
        </p>
      )}
    </Page>
  );
}
