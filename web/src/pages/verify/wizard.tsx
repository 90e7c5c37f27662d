// A person's verification, one step at a time; which one follows from the case's state at the service.

import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useCallback } from "react";
import { useTranslation } from "react-i18next";
import { useNavigate, useParams } from "react-router-dom";

import { api, body, type Case } from "../../api/client";
import { Failure, Loading } from "../../ui/feedback";
import { Icon } from "../../ui/icons";
import { Page } from "../../ui/page";
import { ConsentStep } from "./consent";
import { DocumentStep } from "./document";
import { EraseCase, ResultStep } from "./result";
import { SelfieStep } from "./selfie";
import { WaitStep } from "./wait";

const steps = ["consent", "document", "selfie", "decision"] as const;

function stepOf(held: Case | undefined): number {
  switch (held?.state) {
    case undefined:
    case "created":
      return 0;
    case "consented":
      return 1;
    case "document":
    case "selfie":
      return 2;
    default:
      return 3;
  }
}

function Steps({ current }: { current: number }) {
  const { t } = useTranslation();
  return (
    <ol className="steps" aria-label={t("verify.steps")}>
      {steps.map((step, index) => (
        <li key={step} className={index < current ? "done" : index === current ? "now" : ""} aria-current={index === current ? "step" : undefined}>
          <span className="step-mark" aria-hidden="true">
            {index < current ? <Icon name="check" size={16} strokeWidth={2.5} /> : index + 1}
          </span>
          <span className="step-name">{t(`verify.step.${step}`)}</span>
        </li>
      ))}
    </ol>
  );
}

export function Wizard() {
  const { t } = useTranslation();
  const { id } = useParams();
  const navigate = useNavigate();
  const queries = useQueryClient();
  const { data, error, isPending, refetch } = useQuery({
    queryKey: ["case", id],
    queryFn: ({ signal }) => body(api.GET("/v1/cases/{id}", { params: { path: { id: id! } }, signal })),
    enabled: id !== undefined,
    refetchInterval: (query) => (query.state.data?.state === "processing" ? 1000 : false),
  });

  const changed = useCallback(
    (next: Case) => {
      queries.setQueryData(["case", next.id], next);
      void queries.invalidateQueries({ queryKey: ["cases"] });
      if (next.id !== id) navigate(`/verify/${next.id}`, { replace: true });
    },
    [queries, navigate, id],
  );

  const step = stepOf(data);
  return (
    <Page narrow title={t("verify.title")} back={{ to: "/verify", label: t("verify.listTitle") }}>
      <Steps current={step} />
      {id !== undefined && isPending && <Loading />}
      <Failure error={error} retry={() => void refetch()} />
      {(id === undefined || data?.state === "created") && <ConsentStep held={data} onChange={changed} />}
      {data?.state === "consented" && <DocumentStep held={data} onChange={changed} />}
      {(data?.state === "document" || data?.state === "selfie") && <SelfieStep held={data} onChange={changed} />}
      {data?.state === "processing" && <WaitStep held={data} />}
      {data && step === 3 && data.state !== "processing" && <ResultStep held={data} />}
      {data && data.state !== "erased" && <EraseCase held={data} />}
    </Page>
  );
}
