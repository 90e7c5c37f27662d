// Where the head was while the prompts stood: yaw and pitch over the clip's time, each prompt a band.

import { useTranslation } from "react-i18next";

import type { JudgedChallenge, TimelinePoint } from "../../api/contract";
import { useFormat } from "../../i18n/format";
import { Badge } from "../../ui/feedback";
import { Table } from "../../ui/page";

const kWidth = 720;
const kHeight = 250;
const kLeft = 42;
const kRight = 10;
const kTop = 30;
const kBottom = 30;

/** A path through the points that have the value; where there is none (no face) the line has a gap. */
function pathOf(points: TimelinePoint[], value: (point: TimelinePoint) => number | null, x: (ms: number) => number, y: (v: number) => number): string {
  let path = "";
  let open = false;
  for (const point of points) {
    const held = value(point);
    if (held === null) {
      open = false;
      continue;
    }
    path += `${open ? "L" : "M"}${x(point.at_ms).toFixed(1)} ${y(held).toFixed(1)}`;
    open = true;
  }
  return path;
}

export function PoseTimeline({ challenge }: { challenge: JudgedChallenge }) {
  const { t, i18n } = useTranslation();
  const format = useFormat();
  const whyNot = (reason: string | null): string => {
    const key = `challenge.faults.${reason}` as "challenge.faults.not_seen";
    return reason === null ? t("reviews.failed") : i18n.exists(key) ? t(key) : reason;
  };
  const { prompts, timeline = [] } = challenge;
  const end = Math.max(1000, prompts.at(-1)?.until_ms ?? 0, timeline.at(-1)?.at_ms ?? 0);
  const reach = Math.max(20, ...timeline.flatMap((point) => [Math.abs(point.yaw ?? 0), Math.abs(point.pitch ?? 0)]));
  const limit = Math.ceil(reach / 10) * 10;
  const x = (ms: number) => kLeft + (ms / end) * (kWidth - kLeft - kRight);
  const y = (degrees: number) => kTop + ((limit - degrees) / (2 * limit)) * (kHeight - kTop - kBottom);
  const levels = [-limit, -limit / 2, 0, limit / 2, limit];
  const seconds = Array.from({ length: Math.floor(end / 1000) + 1 }, (_, index) => index).filter((second) => second % (end > 12000 ? 2 : 1) === 0);
  return (
    <figure className="plot">
      <figcaption className="plot-key">
        <span className="key yaw">{t("reviews.yaw")}</span>
        <span className="key pitch">{t("reviews.pitch")}</span>
        <span className="key mouth">{t("reviews.mouth")}</span>
        <span className="key eyes">{t("reviews.eyes")}</span>
      </figcaption>
      <div className="plot-scroll" tabIndex={0} role="region" aria-label={t("reviews.timeline")}>
        <svg viewBox={`0 0 ${kWidth} ${kHeight}`} role="img" aria-label={t("reviews.timelineAlt", { count: prompts.length })}>
          {prompts.map((prompt) => (
            <g key={prompt.from_ms} className={prompt.passed ? "band passed" : "band missed"}>
              <rect x={x(prompt.from_ms)} y={kTop} width={x(prompt.until_ms) - x(prompt.from_ms)} height={kHeight - kTop - kBottom} />
              <text x={(x(prompt.from_ms) + x(prompt.until_ms)) / 2} y={kTop - 10} textAnchor="middle">
                {t(`challenge.short.${prompt.action}`)}
              </text>
              {prompt.seen_at_ms !== null && <line className="seen-at" x1={x(prompt.seen_at_ms)} x2={x(prompt.seen_at_ms)} y1={kTop} y2={kHeight - kBottom} />}
            </g>
          ))}
          {levels.map((level) => (
            <g key={level} className="grid">
              <line x1={kLeft} x2={kWidth - kRight} y1={y(level)} y2={y(level)} className={level === 0 ? "zero" : ""} />
              <text x={kLeft - 6} y={y(level) + 4} textAnchor="end">
                {level}°
              </text>
            </g>
          ))}
          {seconds.map((second) => (
            <text key={second} className="tick" x={x(second * 1000)} y={kHeight - 10} textAnchor="middle">
              {second} s
            </text>
          ))}
          <path className="line eyes" d={pathOf(timeline, (p) => (p.eyes_open === null ? null : (p.eyes_open - 1) * limit), x, y)} />
          <path className="line mouth" d={pathOf(timeline, (p) => (p.mouth_open === null ? null : p.mouth_open * limit - limit), x, y)} />
          <path className="line pitch" d={pathOf(timeline, (p) => p.pitch, x, y)} />
          <path className="line yaw" d={pathOf(timeline, (p) => p.yaw, x, y)} />
        </svg>
      </div>
      <Table
        label={t("reviews.prompts")}
        rows={prompts}
        rowKey={(row) => String(row.from_ms)}
        columns={[
          { title: t("reviews.prompt"), head: true, cell: (row) => t(`challenge.${row.action}`) },
          { title: t("reviews.asked"), cell: (row) => `${format.number(row.from_ms / 1000, 1)} - ${format.number(row.until_ms / 1000, 1)} s` },
          { title: t("reviews.seenAt"), cell: (row) => (row.seen_at_ms === null ? t("reviews.notSeen") : `${format.number(row.seen_at_ms / 1000, 1)} s`) },
          { title: t("reviews.reached"), cell: (row) => (row.reached === null ? t("reviews.notMeasured") : format.number(row.reached, 2)) },
          {
            title: t("fields.state"),
            cell: (row) => <Badge tone={row.passed ? "good" : "bad"}>{row.passed ? t("reviews.passed") : whyNot(row.reason)}</Badge>,
          },
        ]}
      />
    </figure>
  );
}
