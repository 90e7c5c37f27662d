// A doubtful case with everything that there is to decide it.

import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState, type FormEvent, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { useNavigate, useParams } from "react-router-dom";

import { api, body, type Review } from "../../api/client";
import type { Decision, JudgedChallenge, Mrz, Signal } from "../../api/contract";
import { useAccount } from "../../api/session";
import { useFormat } from "../../i18n/format";
import { useAction } from "../../ui/action";
import { Button } from "../../ui/button";
import { Badge, Failure, Loading, Notice, type Tone } from "../../ui/feedback";
import { TextField } from "../../ui/fields";
import { Card, Facts, Page, Table } from "../../ui/page";
import { CaseBadge } from "../cases";
import { useReasonText } from "../verify/result";
import { PoseTimeline } from "./timeline";

const signalTones: Record<Signal["state"], Tone> = { pass: "good", fail: "bad", not_measured: "neutral" };

function media(id: string, role: string): string {
  return `/v1/reviews/${encodeURIComponent(id)}/media/${encodeURIComponent(role)}`;
}

function Faces({ review, decision }: { review: Review; decision: Decision | null }) {
  const { t } = useTranslation();
  const format = useFormat();
  const roles = new Set(review.evidence.map((each) => each.role));
  const frames = review.evidence.filter((each) => each.role.startsWith("evidence_frame_")).map((each) => each.role).sort();
  const [chosen, setChosen] = useState(0);
  const best = decision?.selfie.best_frames ?? [];
  const frame = frames[chosen];
  const similarity = best[chosen]?.similarity;
  return (
    <Card title={t("reviews.faces")}>
      <div className="face-pair">
        <figure>
          {roles.has("evidence_portrait") ? <img src={media(review.case.id, "evidence_portrait")} alt={t("reviews.portraitAlt")} /> : <span className="still none">{t("reviews.noPortrait")}</span>}
          <figcaption>{t("reviews.portrait")}</figcaption>
        </figure>
        <figure>
          {frame ? <img src={media(review.case.id, frame)} alt={t("reviews.frameAlt", { number: chosen + 1 })} /> : <span className="still none">{t("reviews.noFrame")}</span>}
          <figcaption>
            {best[chosen] ? t("reviews.frameAt", { time: format.number(best[chosen].time_s, 1) }) : t("reviews.frame")}
            {similarity !== undefined && `, ${t("reviews.similarity", { value: format.number(similarity, 3) })}`}
          </figcaption>
        </figure>
      </div>
      {frames.length > 1 && (
        <div className="thumbs" role="group" aria-label={t("reviews.bestFrames")}>
          {frames.map((role, index) => (
            <button key={role} type="button" aria-pressed={index === chosen} onClick={() => setChosen(index)}>
              <img src={media(review.case.id, role)} alt={t("reviews.frameAlt", { number: index + 1 })} loading="lazy" />
            </button>
          ))}
        </div>
      )}
      <div className="grid-two">
        {roles.has("document") && (
          <figure className="evidence">
            <img src={media(review.case.id, "document")} alt={t("reviews.document")} />
            <figcaption>{t("reviews.document")}</figcaption>
          </figure>
        )}
        {roles.has("selfie") && (
          <figure className="evidence">
            <video src={media(review.case.id, "selfie")} controls playsInline preload="metadata" aria-label={t("reviews.clip")} />
            <figcaption>{t("reviews.clip")}</figcaption>
          </figure>
        )}
      </div>
    </Card>
  );
}

function Signals({ signals, challenge }: { signals: Signal[]; challenge: JudgedChallenge | null }) {
  const { t, i18n } = useTranslation();
  const format = useFormat();
  const meaning = (signal: Signal): string => {
    const number = /^challenge_prompt_(\d+)$/.exec(signal.name)?.[1];
    const prompt = number === undefined ? undefined : challenge?.prompts[Number(number) - 1];
    if (prompt)
      return t("signals.challenge_prompt", {
        from: format.number(prompt.from_ms / 1000, 1),
        until: format.number(prompt.until_ms / 1000, 1),
        action: t(`challenge.short.${prompt.action}`),
      });
    const key = `signals.${signal.name}` as "signals.similarity";
    return i18n.exists(key) ? t(key) : signal.meaning;
  };
  const value = (signal: Signal) => (signal.value === null ? "" : `${format.number(signal.value, Math.abs(signal.value) < 100 ? 3 : 1)} ${signal.unit}`.trim());
  return (
    <Card title={t("reviews.signals")}>
      <Table
        label={t("reviews.signals")}
        rows={signals}
        rowKey={(row) => row.name}
        columns={[
          {
            title: t("reviews.signal"),
            head: true,
            cell: (row) => (
              <span className="row-name">
                <code>{row.name}</code>
                <span className="note">{meaning(row)}</span>
                {row.provenance && <span className="note" lang="en">{t("reviews.provenance", { source: row.provenance })}</span>}
              </span>
            ),
          },
          { title: t("reviews.value"), number: true, cell: value },
          { title: t("reviews.passesWhen"), cell: (row) => (row.threshold === null ? "" : `${row.passes_when} ${format.number(row.threshold, 3)} ${row.unit}`.trim()) },
          {
            title: t("fields.state"),
            cell: (row) => <Badge tone={row.state === "fail" && row.effect === "review" ? "warn" : signalTones[row.state]}>{t(`signalStates.${row.state}`)}</Badge>,
          },
        ]}
      />
    </Card>
  );
}

function MrzCard({ mrz }: { mrz: Mrz }) {
  const { t, i18n } = useTranslation();
  const format = useFormat();
  const named = (name: string): string => {
    const key = `mrz.fields.${name}` as "mrz.fields.surname";
    return i18n.exists(key) ? t(key) : name;
  };
  const rows = Object.entries(mrz.fields).filter((entry): entry is [string, string] => Boolean(entry[1]));
  return (
    <Card title={t("mrz.title", { format: mrz.format })} actions={<Badge tone={mrz.valid ? "good" : "bad"}>{mrz.valid ? t("mrz.valid") : t("mrz.invalid")}</Badge>}>
      <pre className="code mrz">{mrz.lines.join("\n")}</pre>
      <div className="grid-two">
        <Facts rows={rows.map(([name, value]): [string, ReactNode] => [named(name), value])} />
        <Table
          label={t("mrz.checkDigits")}
          rows={mrz.check_digits}
          rowKey={(row) => row.field}
          columns={[
            { title: t("mrz.checkDigits"), head: true, cell: (row) => named(row.field) },
            { title: t("fields.state"), cell: (row) => <Badge tone={row.holds ? "good" : "bad"}>{row.holds ? t("mrz.holds") : t("mrz.wrong")}</Badge> },
          ]}
        />
      </div>
      {mrz.fields["date_of_expiry"] && Date.parse(mrz.fields["date_of_expiry"]) < Date.now() && (
        <Notice tone="warn" title={t("mrz.expired", { date: format.date(mrz.fields["date_of_expiry"]) })} />
      )}
    </Card>
  );
}

function Verdict({ review }: { review: Review }) {
  const { t } = useTranslation();
  const format = useFormat();
  const account = useAccount();
  const navigate = useNavigate();
  const queries = useQueryClient();
  const [comment, setComment] = useState("");
  const [waiting, setWaiting] = useState(false);
  const given = review.reviews.some((each) => each.reviewer === account.id);
  const decide = useAction(async (verdict: "accepted" | "rejected") => {
    const answer = await body(
      api.POST("/v1/reviews/{id}/decision", { params: { path: { id: review.case.id } }, body: { verdict, comment } }),
    );
    await queries.invalidateQueries({ queryKey: ["reviews"] });
    if (answer.decided) {
      navigate("/reviews");
    } else {
      setWaiting(true);
      await queries.invalidateQueries({ queryKey: ["review", review.case.id] });
    }
  });
  return (
    <Card title={t("reviews.decide")}>
      {review.reviewers_needed > 1 && (
        <Notice tone="info" title={t("reviews.fourEyes", { given: review.reviews.length, count: review.reviewers_needed })}>
          {t("reviews.fourEyesText")}
        </Notice>
      )}
      {review.reviews.length > 0 && (
        <ul className="reasons">
          {review.reviews.map((each) => (
            <li key={each.reviewer}>
              <p>
                <Badge tone={each.verdict === "accepted" ? "good" : "bad"}>{t(`reviews.verdicts.${each.verdict}`)}</Badge>{" "}
                {each.reviewer === account.id ? t("reviews.you") : t("reviews.other")}, {format.time(each.at)}
              </p>
              <p className="break">{each.comment}</p>
            </li>
          ))}
        </ul>
      )}
      {review.case.state !== "review" ? (
        <Notice tone="good" title={t("reviews.over")} />
      ) : given || waiting ? (
        <Notice tone="good" title={t("reviews.given")} />
      ) : (
        <form className="form page" onSubmit={(event: FormEvent) => event.preventDefault()}>
          <Failure error={decide.general("comment")} />
          <TextField label={t("reviews.comment")} name="comment" lines={3} maxLength={2000} value={comment} onChange={setComment} help={t("reviews.commentHelp")} error={decide.at("comment")} required />
          <div className="actions">
            <Button look="primary" isDisabled={!comment.trim()} isPending={decide.busy} onPress={() => void decide.run("accepted")}>
              {t("reviews.accept")}
            </Button>
            <Button look="danger" isDisabled={!comment.trim()} isPending={decide.busy} onPress={() => void decide.run("rejected")}>
              {t("reviews.reject")}
            </Button>
          </div>
        </form>
      )}
    </Card>
  );
}

export function ReviewCase() {
  const { t } = useTranslation();
  const format = useFormat();
  const words = useReasonText();
  const { id = "" } = useParams();
  const review = useQuery({ queryKey: ["review", id], queryFn: () => body(api.GET("/v1/reviews/{id}", { params: { path: { id } } })) });
  if (review.isPending) return <Loading />;
  if (review.error) return <Failure error={review.error} />;
  const shown = review.data;
  const decision = shown.decision as Decision | null;
  const challenge = ("challenge" in shown ? shown.challenge : null) as JudgedChallenge | null;
  const mrz = ("mrz" in shown ? shown.mrz : null) as Mrz | null;
  return (
    <Page title={t("reviews.caseTitle")} lead={<code>{shown.case.id}</code>} back={{ to: "/reviews", label: t("reviews.title") }} actions={<CaseBadge state={shown.case.state} />}>
      <div className="review-page">
        <div className="review-main">
          <Faces review={shown} decision={decision} />
          {challenge && (
            <Card title={t("reviews.timeline")} actions={<Badge tone={challenge.passed ? "good" : "bad"}>{challenge.passed ? t("reviews.passed") : t("reviews.failed")}</Badge>}>
              <PoseTimeline challenge={challenge} />
            </Card>
          )}
          {mrz && <MrzCard mrz={mrz} />}
          {decision && <Signals signals={decision.signals} challenge={challenge} />}
        </div>
        <aside className="review-side">
          <Card title={t("reviews.why")}>
            <ul className="reasons">
              {shown.case.reasons.map((reason) => (
                <li key={reason.message} data-code={reason.code}>
                  <p>{words(reason).text}</p>
                  <p className="note" lang="en">
                    {reason.message}
                  </p>
                </li>
              ))}
            </ul>
            <Facts
              rows={[
                [t("result.submitted"), format.time(shown.case.submitted_at ?? shown.case.created_at)],
                ...(shown.case.reference ? [[t("reviews.reference"), shown.case.reference] as [string, string]] : []),
                ...(decision ? [[t("reviews.analysed"), t("reviews.frames", { count: decision.selfie.frames_analysed })] as [string, string]] : []),
              ]}
            />
          </Card>
          <Verdict review={shown} />
        </aside>
      </div>
    </Page>
  );
}
