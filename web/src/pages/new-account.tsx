// What registration and the first administrator's set-up both ask for.

import { useState } from "react";
import { useTranslation } from "react-i18next";

import { TextField } from "../ui/fields";

export function useNewAccount() {
  const [name, setName] = useState("");
  const [email, setEmail] = useState("");
  const [password, setPassword] = useState("");
  return { values: { name, email, password }, setName, setEmail, setPassword };
}

/** error: what to say at a field. */
export function NewAccountFields({ account, error }: { account: ReturnType<typeof useNewAccount>; error: (field: string) => string | undefined }) {
  const { t } = useTranslation();
  const { name, email, password } = account.values;
  return (
    <>
      <TextField label={t("fields.name")} name="name" autoComplete="name" maxLength={200} value={name} onChange={account.setName} error={error("name")} required autoFocus />
      <TextField label={t("fields.email")} name="email" type="email" autoComplete="username" maxLength={254} value={email} onChange={account.setEmail} error={error("email")} required />
      <TextField
        label={t("fields.newPassword")}
        name="password"
        type="password"
        autoComplete="new-password"
        value={password}
        onChange={account.setPassword}
        help={t("fields.passwordHelp")}
        error={error("password")}
        required
      />
    </>
  );
}
