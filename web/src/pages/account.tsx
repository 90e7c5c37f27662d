// One's own account: password, one-time codes, API keys, and its end.

import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useMemo, useState, type FormEvent } from "react";
import { useTranslation } from "react-i18next";

import { api, body, getJson, idempotencyKey } from "../api/client";
import { forget, useAccount, useSession } from "../api/session";
import { useFormat } from "../i18n/format";
import { useAction } from "../ui/action";
import { Button, ButtonLink } from "../ui/button";
import { Confirm } from "../ui/confirm";
import { Badge, Empty, Failure, Loading, Notice } from "../ui/feedback";
import { Checkbox, Choice, TextField } from "../ui/fields";
import { Card, Facts, Page, Table } from "../ui/page";
import { Secret } from "../ui/secret";
import type { OpenApi } from "./api-docs";

function Password() {
  const { t } = useTranslation();
  const account = useAccount();
  const [old, setOld] = useState("");
  const [next, setNext] = useState("");
  const [code, setCode] = useState("");
  const [done, setDone] = useState(false);
  const change = useAction(async () => {
    setDone(false);
    await api.POST("/v1/account/password", { body: { password: old, new_password: next, ...(code ? { totp: code } : {}) } });
    setOld("");
    setNext("");
    setCode("");
    setDone(true);
  });
  return (
    <Card title={t("account.password")}>
      <form
        className="form page"
        onSubmit={(event: FormEvent) => {
          event.preventDefault();
          void change.run();
        }}
      >
        {done && <Notice tone="good" title={t("account.passwordDone")} />}
        <Failure error={change.general("password", "new_password", "totp")} />
        <TextField label={t("account.oldPassword")} name="password" type="password" autoComplete="current-password" value={old} onChange={setOld} error={change.at("password")} required />
        <TextField
          label={t("fields.newPassword")}
          name="new_password"
          type="password"
          autoComplete="new-password"
          value={next}
          onChange={setNext}
          error={change.at("new_password")}
          help={t("fields.passwordHelp")}
          required
        />
        {account.totp && <TextField label={t("fields.code")} name="totp" inputMode="numeric" autoComplete="one-time-code" value={code} onChange={setCode} error={change.at("totp")} required />}
        <div className="actions">
          <Button look="primary" type="submit" isPending={change.busy}>
            {t("account.change")}
          </Button>
        </div>
      </form>
    </Card>
  );
}

function useScopes(): string[] {
  const account = useAccount();
  const file = useQuery({ queryKey: ["openapi"], queryFn: () => getJson<OpenApi>("/openapi.json"), staleTime: Infinity });
  return useMemo(() => {
    const scopes = new Set<string>();
    for (const methods of Object.values(file.data?.paths ?? {}))
      for (const operation of Object.values(methods))
        if (operation["x-scope"] && operation["x-roles"]?.includes(account.role)) scopes.add(operation["x-scope"]);
    return [...scopes].sort();
  }, [file.data, account.role]);
}

function ApiKeys() {
  const { t } = useTranslation();
  const format = useFormat();
  const queries = useQueryClient();
  const scopes = useScopes();
  const keys = useQuery({ queryKey: ["keys"], queryFn: () => body(api.GET("/v1/keys")) });
  const [open, setOpen] = useState(false);
  const [name, setName] = useState("");
  const [days, setDays] = useState("90");
  const [chosen, setChosen] = useState<string[]>([]);
  const [made, setMade] = useState<string | null>(null);
  const reload = () => queries.invalidateQueries({ queryKey: ["keys"] });
  const create = useAction(async () => {
    const key = await body(
      api.POST("/v1/keys", { body: { name, scopes: chosen, days: Number(days) }, params: { header: { "Idempotency-Key": idempotencyKey() } } }),
    );
    setMade(key.key);
    setOpen(false);
    setName("");
    setChosen([]);
    await reload();
  });
  return (
    <Card title={t("account.keys")} actions={!open && <Button icon="plus" onPress={() => setOpen(true)}>{t("account.newKey")}</Button>}>
      <p className="note">{t("account.keysText")}</p>
      {made && <Secret title={t("account.keyMade")} text={t("account.keyOnce")} value={made} onClose={() => setMade(null)} />}
      {open && (
        <form
          className="form page inset"
          onSubmit={(event: FormEvent) => {
            event.preventDefault();
            void create.run();
          }}
        >
          <Failure error={create.general("name", "days", "scopes")} />
          <TextField label={t("account.keyName")} name="name" maxLength={100} value={name} onChange={setName} error={create.at("name")} required autoFocus />
          <Choice
            label={t("account.keyDays")}
            value={days}
            onChange={setDays}
            options={["7", "30", "90", "365"].map((value) => ({ value, label: t("account.days", { count: Number(value) }) }))}
          />
          <fieldset className="choices">
            <legend>{t("account.scopes")}</legend>
            {scopes.map((scope) => (
              <Checkbox key={scope} isSelected={chosen.includes(scope)} onChange={(on) => setChosen(on ? [...chosen, scope] : chosen.filter((each) => each !== scope))}>
                <code>{scope}</code>
              </Checkbox>
            ))}
            {create.at("scopes") && <p className="field-error">{create.at("scopes")}</p>}
          </fieldset>
          <div className="actions">
            <Button look="primary" type="submit" isPending={create.busy} isDisabled={chosen.length === 0}>
              {t("account.makeKey")}
            </Button>
            <Button onPress={() => setOpen(false)}>{t("common.cancel")}</Button>
          </div>
        </form>
      )}
      <Failure error={keys.error} />
      {keys.isPending ? (
        <Loading />
      ) : keys.data?.items.length === 0 ? (
        <Empty icon="key" title={t("account.noKeys")} />
      ) : (
        keys.data && (
          <Table
            label={t("account.keys")}
            rows={keys.data.items}
            rowKey={(row) => row.id}
            columns={[
              { title: t("account.keyName"), head: true, cell: (row) => row.name },
              { title: t("account.scopes"), cell: (row) => <code>{row.scopes.join(", ")}</code> },
              { title: t("account.keyUntil"), cell: (row) => format.time(row.expires_at) },
              { title: t("account.keyUsed"), cell: (row) => format.time(row.used_at) || t("account.never") },
              {
                title: t("users.actions"),
                cell: (row) =>
                  row.revoked_at ? (
                    <Badge>{t("account.revoked")}</Badge>
                  ) : (
                    <Confirm
                      label={t("account.revoke")}
                      title={t("account.revokeTitle", { name: row.name })}
                      confirm={t("account.revoke")}
                      onConfirm={async () => {
                        await api.DELETE("/v1/keys/{id}", { params: { path: { id: row.id } } });
                        await reload();
                      }}
                    >
                      <p>{t("account.revokeText")}</p>
                    </Confirm>
                  ),
              },
            ]}
          />
        )
      )}
    </Card>
  );
}

function End() {
  const { t } = useTranslation();
  const account = useAccount();
  const queries = useQueryClient();
  const [password, setPassword] = useState("");
  const [code, setCode] = useState("");
  return (
    <Card title={t("account.end")}>
      <p>{t("account.endText")}</p>
      <div className="actions">
        <Confirm
          label={t("account.erase")}
          icon="trash"
          title={t("account.eraseTitle")}
          confirm={t("account.erase")}
          onConfirm={async () => {
            await api.DELETE("/v1/account", { body: { password, ...(code ? { totp: code } : {}) } });
            queries.setQueryData(["session"], null);
            forget(queries);
          }}
        >
          <p>{t("account.eraseText")}</p>
          <TextField label={t("totp.password")} name="erase_password" type="password" autoComplete="current-password" value={password} onChange={setPassword} required />
          {account.totp && <TextField label={t("fields.code")} name="erase_totp" inputMode="numeric" autoComplete="one-time-code" value={code} onChange={setCode} required />}
        </Confirm>
      </div>
    </Card>
  );
}

export function AccountPage() {
  const { t } = useTranslation();
  const format = useFormat();
  const account = useAccount();
  const { leave } = useSession();
  return (
    <Page
      narrow
      title={t("account.title")}
      lead={t("account.lead")}
      actions={<Button onPress={() => void leave()}>{t("nav.signOut")}</Button>}
    >
      <Card title={account.name}>
        <Facts
          rows={[
            [t("fields.email"), account.email],
            [t("fields.role"), t(`roles.${account.role}`)],
            [t("users.registered"), format.time(account.created_at)],
            [t("users.totp"), account.totp ? t("common.yes") : t("common.no")],
            [t("users.number"), <code key="n">{account.id}</code>],
          ]}
        />
        <div className="actions">
          <ButtonLink to="/totp" icon="lock">
            {account.totp ? t("account.newTotp") : t("account.setUpTotp")}
          </ButtonLink>
        </div>
      </Card>
      <Password />
      <ApiKeys />
      <End />
    </Page>
  );
}
