// A data set from a folder that is there, or built from a recipe; both are jobs.

import { useRef, useState, type FormEvent, type ReactNode } from "react";
import { Tab, TabList, TabPanel, Tabs } from "react-aria-components";
import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router-dom";

import { api, body, idempotencyKey } from "../../api/client";
import { useAction } from "../../ui/action";
import { Button } from "../../ui/button";
import { Failure } from "../../ui/feedback";
import { TextField } from "../../ui/fields";
import { Card, Page } from "../../ui/page";

/** A call that starts a job; leads to it. Each try has a key of its own, under which the browser may repeat it. */
function useStart(begin: (headers: { "Idempotency-Key": string }) => Promise<{ job: string }>) {
  const navigate = useNavigate();
  const key = useRef(idempotencyKey());
  return useAction(async () => {
    try {
      const { job } = await begin({ "Idempotency-Key": key.current });
      navigate(`/jobs/${job}`);
    } finally {
      key.current = idempotencyKey();
    }
  });
}

function StartForm(props: { start: ReturnType<typeof useStart>; fields: string[]; text: string; label: string; children: ReactNode }) {
  return (
    <form
      className="form page"
      onSubmit={(event: FormEvent) => {
        event.preventDefault();
        void props.start.run();
      }}
    >
      <p>{props.text}</p>
      <Failure error={props.start.general(...props.fields)} />
      {props.children}
      <div className="actions">
        <Button look="primary" type="submit" isPending={props.start.busy}>
          {props.label}
        </Button>
      </div>
    </form>
  );
}

function Attach() {
  const { t } = useTranslation();
  const [name, setName] = useState("");
  const [folder, setFolder] = useState("");
  const start = useStart((header) => body(api.POST("/v1/datasets", { body: { name, folder }, params: { header } })));
  return (
    <StartForm start={start} fields={["name", "folder"]} text={t("datasets.attachText")} label={t("datasets.attach")}>
      <TextField label={t("datasets.name")} name="name" maxLength={200} value={name} onChange={setName} error={start.at("name")} required />
      <TextField label={t("datasets.folder")} name="folder" maxLength={500} value={folder} onChange={setFolder} error={start.at("folder")} help={t("datasets.folderHelp")} required />
    </StartForm>
  );
}

function Build() {
  const { t } = useTranslation();
  const [name, setName] = useState("");
  const [recipe, setRecipe] = useState("");
  const [folder, setFolder] = useState("");
  const start = useStart((header) => body(api.POST("/v1/datasets/build", { body: { name, recipe, folder }, params: { header } })));
  return (
    <StartForm start={start} fields={["name", "recipe", "folder"]} text={t("datasets.buildText")} label={t("datasets.build")}>
      <TextField label={t("datasets.name")} name="name" maxLength={200} value={name} onChange={setName} error={start.at("name")} required />
      <TextField label={t("datasets.recipe")} name="recipe" maxLength={500} value={recipe} onChange={setRecipe} error={start.at("recipe")} help={t("datasets.recipeHelp")} placeholder="recipe.toml" required />
      <TextField label={t("datasets.out")} name="folder" maxLength={500} value={folder} onChange={setFolder} error={start.at("folder")} help={t("datasets.outHelp")} required />
    </StartForm>
  );
}

export function AddDataset() {
  const { t } = useTranslation();
  return (
    <Page narrow title={t("datasets.addTitle")} lead={t("datasets.addLead")} back={{ to: "/datasets", label: t("datasets.title") }}>
      <Card>
        <Tabs className="tabs">
          <TabList aria-label={t("datasets.addWays")}>
            <Tab id="attach">{t("datasets.attachTab")}</Tab>
            <Tab id="build">{t("datasets.buildTab")}</Tab>
          </TabList>
          <TabPanel id="attach">
            <Attach />
          </TabPanel>
          <TabPanel id="build">
            <Build />
          </TabPanel>
        </Tabs>
      </Card>
    </Page>
  );
}
