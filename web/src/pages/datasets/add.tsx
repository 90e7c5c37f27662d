// A data set from a folder that is there, or built from a recipe; both are jobs.

import { useRef, useState, type FormEvent } from "react";
import { Tab, TabList, TabPanel, Tabs } from "react-aria-components";
import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router-dom";

import { api, body, idempotencyKey } from "../../api/client";
import { useAction } from "../../ui/action";
import { Button } from "../../ui/button";
import { Failure } from "../../ui/feedback";
import { TextField } from "../../ui/fields";
import { Card, Page } from "../../ui/page";

function Attach() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const key = useRef(idempotencyKey());
  const [name, setName] = useState("");
  const [folder, setFolder] = useState("");
  const attach = useAction(async () => {
    try {
      const made = await body(api.POST("/v1/datasets", { body: { name, folder }, params: { header: { "Idempotency-Key": key.current } } }));
      navigate(`/jobs/${made.job}`);
    } finally {
      key.current = idempotencyKey();
    }
  });
  return (
    <form
      className="form page"
      onSubmit={(event: FormEvent) => {
        event.preventDefault();
        void attach.run();
      }}
    >
      <p>{t("datasets.attachText")}</p>
      <Failure error={attach.general("name", "folder")} />
      <TextField label={t("datasets.name")} name="name" maxLength={200} value={name} onChange={setName} error={attach.at("name")} required />
      <TextField label={t("datasets.folder")} name="folder" maxLength={500} value={folder} onChange={setFolder} error={attach.at("folder")} help={t("datasets.folderHelp")} required />
      <div className="actions">
        <Button look="primary" type="submit" isPending={attach.busy}>
          {t("datasets.attach")}
        </Button>
      </div>
    </form>
  );
}

function Build() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const key = useRef(idempotencyKey());
  const [name, setName] = useState("");
  const [recipe, setRecipe] = useState("");
  const [folder, setFolder] = useState("");
  const build = useAction(async () => {
    try {
      const made = await body(
        api.POST("/v1/datasets/build", { body: { name, recipe, folder }, params: { header: { "Idempotency-Key": key.current } } }),
      );
      navigate(`/jobs/${made.job}`);
    } finally {
      key.current = idempotencyKey();
    }
  });
  return (
    <form
      className="form page"
      onSubmit={(event: FormEvent) => {
        event.preventDefault();
        void build.run();
      }}
    >
      <p>{t("datasets.buildText")}</p>
      <Failure error={build.general("name", "recipe", "folder")} />
      <TextField label={t("datasets.name")} name="name" maxLength={200} value={name} onChange={setName} error={build.at("name")} required />
      <TextField label={t("datasets.recipe")} name="recipe" maxLength={500} value={recipe} onChange={setRecipe} error={build.at("recipe")} help={t("datasets.recipeHelp")} placeholder="recipe.toml" required />
      <TextField label={t("datasets.out")} name="folder" maxLength={500} value={folder} onChange={setFolder} error={build.at("folder")} help={t("datasets.outHelp")} required />
      <div className="actions">
        <Button look="primary" type="submit" isPending={build.busy}>
          {t("datasets.build")}
        </Button>
      </div>
    </form>
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
