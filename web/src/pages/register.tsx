import { useState, type FormEvent } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router-dom";

import { api } from "../api/client";
import { useAction } from "../ui/action";
import { Button, ButtonLink } from "../ui/button";
import { Failure } from "../ui/feedback";
import { Choice } from "../ui/fields";
import { Icon } from "../ui/icons";
import { Page } from "../ui/page";
import { NewAccountFields, useNewAccount } from "./new-account";

type Wish = "person" | "reviewer" | "researcher";

function Registered() {
  const { t } = useTranslation();
  return (
    <Page narrow title={t("register.doneTitle")} lead={t("register.doneLead")}>
      <section className="card">
        <ol className="steps-list">
          <li className="done">
            <Icon name="check" size={18} />
            {t("register.stepRegistered")}
          </li>
          <li className="now">
            <Icon name="clock" size={18} />
            {t("register.stepPending")}
          </li>
          <li>
            <Icon name="key" size={18} />
            {t("register.stepSignIn")}
          </li>
        </ol>
        <p>{t("register.doneText")}</p>
        <ButtonLink look="primary" to="/sign-in">
          {t("register.toSignIn")}
        </ButtonLink>
      </section>
    </Page>
  );
}

export function Register() {
  const { t } = useTranslation();
  const account = useNewAccount();
  const [role, setRole] = useState<Wish>("person");
  const [done, setDone] = useState(false);
  const register = useAction(async () => {
    await api.POST("/v1/accounts", { body: { ...account.values, role } });
    setDone(true);
  });
  if (done) return <Registered />;
  return (
    <Page narrow title={t("register.title")} lead={t("register.lead")}>
      <form
        className="card form"
        onSubmit={(event: FormEvent) => {
          event.preventDefault();
          void register.run();
        }}
      >
        <Failure error={register.general("name", "email", "password")} />
        <NewAccountFields account={account} error={register.at} />
        <Choice
          label={t("register.role")}
          value={role}
          onChange={(value) => setRole(value as Wish)}
          options={[
            { value: "person", label: t("roles.person"), note: t("register.personNote") },
            { value: "reviewer", label: t("roles.reviewer"), note: t("register.reviewerNote") },
            { value: "researcher", label: t("roles.researcher"), note: t("register.researcherNote") },
          ]}
          help={t("register.roleHelp")}
        />
        <Button look="primary" type="submit" isPending={register.busy}>
          {t("register.submit")}
        </Button>
      </form>
      <p className="beside">
        {t("register.haveAccount")} <Link to="/sign-in">{t("signIn.submit")}</Link>
      </p>
    </Page>
  );
}
