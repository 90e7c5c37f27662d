import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState, type FormEvent } from "react";
import { useTranslation } from "react-i18next";

import { api, body, idempotencyKey, type Schemas } from "../api/client";
import { useFormat } from "../i18n/format";
import { useAction } from "../ui/action";
import { Button } from "../ui/button";
import { Confirm } from "../ui/confirm";
import { Badge, Empty, Failure, Loading } from "../ui/feedback";
import { Checkbox, TextField } from "../ui/fields";
import { Card, Page, Table } from "../ui/page";
import { Secret } from "../ui/secret";

type Webhook = Schemas["Webhook"];
const events = ["case.decided", "case.review"] as const;
const tones = { pending: "warn", delivered: "good", failed: "bad" } as const;

function Deliveries({ hook }: { hook: Webhook }) {
  const { t } = useTranslation();
  const format = useFormat();
  const sent = useQuery({
    queryKey: ["deliveries", hook.id],
    queryFn: () => body(api.GET("/v1/webhooks/{id}/deliveries", { params: { path: { id: hook.id }, query: { limit: 20 } } })),
    refetchInterval: 5000,
  });
  if (sent.isPending) return <Loading />;
  if (sent.error) return <Failure error={sent.error} />;
  if (sent.data.items.length === 0) return <p className="note">{t("webhooks.nothingSent")}</p>;
  return (
    <Table
      label={t("webhooks.deliveries")}
      rows={sent.data.items}
      rowKey={(row) => row.id}
      columns={[
        { title: t("webhooks.event"), head: true, cell: (row) => <code>{row.event}</code> },
        { title: t("fields.state"), cell: (row) => <Badge tone={tones[row.state]}>{t(`webhooks.states.${row.state}`)}</Badge> },
        { title: t("webhooks.answer"), cell: (row) => (row.status === 0 ? t("webhooks.noAnswer") : row.status) },
        { title: t("webhooks.attempts"), number: true, cell: (row) => row.attempts },
        { title: t("audit.at"), cell: (row) => format.time(row.created_at) },
      ]}
    />
  );
}

export function Webhooks() {
  const { t } = useTranslation();
  const format = useFormat();
  const queries = useQueryClient();
  const hooks = useQuery({ queryKey: ["webhooks"], queryFn: () => body(api.GET("/v1/webhooks")) });
  const [open, setOpen] = useState(false);
  const [url, setUrl] = useState("");
  const [chosen, setChosen] = useState<(typeof events)[number][]>([...events]);
  const [secret, setSecret] = useState<string | null>(null);
  const reload = () => queries.invalidateQueries({ queryKey: ["webhooks"] });
  const create = useAction(async () => {
    const made = await body(
      api.POST("/v1/webhooks", { body: { url, events: chosen }, params: { header: { "Idempotency-Key": idempotencyKey() } } }),
    );
    setSecret(made.secret);
    setOpen(false);
    setUrl("");
    await reload();
  });
  return (
    <Page
      title={t("webhooks.title")}
      lead={t("webhooks.lead")}
      actions={
        !open && (
          <Button look="primary" icon="plus" onPress={() => setOpen(true)}>
            {t("webhooks.new")}
          </Button>
        )
      }
    >
      {secret && <Secret title={t("webhooks.made")} text={t("webhooks.secretOnce")} value={secret} onClose={() => setSecret(null)} />}
      {open && (
        <Card title={t("webhooks.new")}>
          <form
            className="form page"
            onSubmit={(event: FormEvent) => {
              event.preventDefault();
              void create.run();
            }}
          >
            <Failure error={create.general("url", "events")} />
            <TextField label={t("webhooks.url")} name="url" type="url" maxLength={1000} value={url} onChange={setUrl} error={create.at("url")} placeholder="https://" required autoFocus />
            <fieldset className="choices">
              <legend>{t("webhooks.events")}</legend>
              {events.map((event) => (
                <Checkbox key={event} isSelected={chosen.includes(event)} onChange={(on) => setChosen(on ? [...chosen, event] : chosen.filter((each) => each !== event))}>
                  {t(`webhooks.eventNames.${event === "case.decided" ? "decided" : "review"}`)} <code>{event}</code>
                </Checkbox>
              ))}
            </fieldset>
            <div className="actions">
              <Button look="primary" type="submit" isPending={create.busy} isDisabled={chosen.length === 0}>
                {t("webhooks.make")}
              </Button>
              <Button onPress={() => setOpen(false)}>{t("common.cancel")}</Button>
            </div>
          </form>
        </Card>
      )}
      <Failure error={hooks.error} />
      {hooks.isPending && <Loading />}
      {hooks.data?.items.length === 0 && !open && <Empty icon="hook" title={t("webhooks.none")} />}
      {hooks.data?.items.map((hook) => (
        <Card
          key={hook.id}
          title={<span className="mono break">{hook.url}</span>}
          actions={
            <Confirm
              label={t("common.remove")}
              icon="trash"
              look="quiet"
              title={t("webhooks.removeTitle")}
              confirm={t("common.remove")}
              onConfirm={async () => {
                await api.DELETE("/v1/webhooks/{id}", { params: { path: { id: hook.id } } });
                await reload();
              }}
            >
              <p className="break">{hook.url}</p>
            </Confirm>
          }
        >
          <p className="note">
            <code>{hook.events}</code>, {format.time(hook.created_at)}
          </p>
          <Deliveries hook={hook} />
        </Card>
      ))}
    </Page>
  );
}
