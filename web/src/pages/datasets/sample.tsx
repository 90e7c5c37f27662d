// One sample: its player, the same clip in all compressions, how it was made and out of what, its quality and scores.

import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link, useParams } from "react-router-dom";

import { api, body, getJson, type Sample, type SampleDetail, type Schemas } from "../../api/client";
import { mediaAddress, sampleLink } from "../../api/samples";
import { useFormat } from "../../i18n/format";
import { Badge, Failure, Loading, Notice } from "../../ui/feedback";
import { Icon } from "../../ui/icons";
import { shortHashes } from "../../ui/hashes";
import { Card, Facts, Page, Table } from "../../ui/page";
import { KindBadge, Still, useAttributeText } from "./dataset";

const order = ["c0", "c23", "c40"];

function isClip(sample: Sample): boolean {
  return /\.(mp4|mov|mkv|webm|avi)$/i.test(sample.path);
}

function Player({ dataset, sample }: { dataset: string; sample: Sample }) {
  const { t } = useTranslation();
  const [broken, setBroken] = useState(false);
  const address = mediaAddress(dataset, sample.id);
  if (sample.failed) return <Notice tone="warn" title={t("samples.failed")} />;
  if (!isClip(sample)) return <img className="player" src={address} alt={t("samples.picture", { name: sample.identity })} />;
  return (
    <>
      {!broken && <video key={sample.id} className="player" src={address} controls playsInline preload="metadata" aria-label={t("samples.clip", { name: sample.identity })} onError={() => setBroken(true)} />}
      {broken && (
        <>
          <Still dataset={dataset} sample={sample} width={960} />
          <Notice title={t("samples.cannotPlay")}>
            <a href={address} download={sample.path.split("/").at(-1)}>
              {t("samples.download")}
            </a>
          </Notice>
        </>
      )}
    </>
  );
}

function useQuality(dataset: string, sample: Sample) {
  return useQuery({
    queryKey: ["quality", dataset, sample.id],
    queryFn: ({ signal }) =>
      getJson<Schemas["SampleQuality"]>(`/v1/datasets/${encodeURIComponent(dataset)}/samples/${encodeURIComponent(sample.id)}/quality`, signal),
    staleTime: Infinity,
  });
}

/** What compression does to the figures, beneath the picture that it does it to. */
function QualityLine({ dataset, sample }: { dataset: string; sample: Sample }) {
  const { t } = useTranslation();
  const format = useFormat();
  const { data } = useQuality(dataset, sample);
  if (!data) return null;
  return (
    <ul className="figures note">
      {data.brisque !== null && <li>{t("samples.brisqueOf", { value: format.number(data.brisque, 1) })}</li>}
      {data.scores.map((row) => (
        <li key={row.file + row.name}>{t("samples.scoreOfFile", { name: row.name, value: format.number(row.score, 3) })}</li>
      ))}
    </ul>
  );
}

/** The same moment in all compressions, decoded by the service: what a browser can not play (C0 is lossless RGB) too. */
function Compressions({ dataset, detail }: { dataset: string; detail: SampleDetail }) {
  const { t } = useTranslation();
  const format = useFormat();
  const [at, setAt] = useState(50);
  const clips = [...detail.compressions].sort((a, b) => order.indexOf(a.compression) - order.indexOf(b.compression));
  if (clips.length < 2) return null;
  return (
    <Card title={t("samples.compressions")}>
      {isClip(clips[0]!) && (
        <label className="slider">
          <span>{t("samples.moment")}</span>
          <input type="range" min={0} max={100} step={5} value={at} onChange={(event) => setAt(Number(event.target.value))} />
          <span className="number">{format.percent(at / 100)}</span>
        </label>
      )}
      <div className="compressions">
        {clips.map((clip) => (
          <figure key={clip.id} className={clip.id === detail.sample.id ? "current" : ""}>
            <Still dataset={dataset} sample={clip} width={640} at={at / 100} />
            <figcaption>
              <Link to={sampleLink(dataset, clip.id)} aria-current={clip.id === detail.sample.id ? "page" : undefined}>
                {clip.compression.toUpperCase() || t("samples.asItCame")}
              </Link>
              <span className="note">{format.bytes(clip.bytes)}</span>
            </figcaption>
            {!clip.failed && <QualityLine dataset={dataset} sample={clip} />}
          </figure>
        ))}
      </div>
    </Card>
  );
}

function Ancestry({ dataset, parents }: { dataset: string; parents: Schemas["Ancestor"][] }) {
  const { t, i18n } = useTranslation();
  return (
    <ul className="ancestry">
      {parents.map((parent) => {
        const key = `samples.roles.${parent.role}` as "samples.roles.source";
        return (
          <li key={parent.role + parent.sha256 + parent.id}>
            <div className="ancestor">
              {parent.sample && <Still dataset={dataset} sample={parent.sample} width={160} />}
              {!parent.sample && (
                <span className="still none">
                  <Icon name="document" />
                </span>
              )}
              <div>
                <p className="row-title">{i18n.exists(key) ? t(key) : parent.role}</p>
                <p className="break">
                  {parent.sample ? (
                    <Link to={sampleLink(dataset, parent.id)}>{parent.sample.path}</Link>
                  ) : (
                    <>
                      {parent.path || parent.id} <span className="note">({t("samples.outside")})</span>
                    </>
                  )}
                </p>
                <p className="note mono break">SHA-256 {parent.sha256}</p>
              </div>
            </div>
            {parent.parents.length > 0 && <Ancestry dataset={dataset} parents={parent.parents} />}
          </li>
        );
      })}
    </ul>
  );
}

function Quality({ dataset, sample }: { dataset: string; sample: Sample }) {
  const { t } = useTranslation();
  const format = useFormat();
  const quality = useQuality(dataset, sample);
  return (
    <Card title={t("samples.quality")}>
      <Failure error={quality.error} />
      {quality.isPending && <Loading />}
      {quality.data && (
        <>
          <Facts
            rows={[
              [t("samples.brisque"), quality.data.brisque === null ? t("samples.notMeasured") : t("samples.brisqueValue", { value: format.number(quality.data.brisque, 1) })],
              [t("samples.frames"), format.number(quality.data.frames)],
              [t("samples.size"), `${quality.data.width} x ${quality.data.height}`],
            ]}
          />
          <p className="note">{t("samples.brisqueNote")}</p>
          {quality.data.scores.length > 0 && (
            <Table
              label={t("samples.scores")}
              rows={quality.data.scores}
              rowKey={(row) => row.file + row.name}
              columns={[
                { title: t("samples.scoreOf"), head: true, cell: (row) => row.name },
                { title: t("samples.score"), number: true, cell: (row) => format.number(row.score, 4) },
                { title: t("samples.scoreFile"), cell: (row) => <code className="break">{row.file}</code> },
              ]}
            />
          )}
        </>
      )}
    </Card>
  );
}

interface ManifestLine {
  attributes?: Record<string, { value: string; estimated: boolean }>;
  record?: Record<string, string>;
  sha256?: string;
  consent?: string;
  failure?: string;
}

export function SamplePage() {
  const { t } = useTranslation();
  const attribute = useAttributeText();
  const format = useFormat();
  const { id = "", sample: sampleId = "" } = useParams();
  const found = useQuery({
    queryKey: ["sample", id, sampleId],
    queryFn: () => body(api.GET("/v1/datasets/{id}/samples/{sample}", { params: { path: { id, sample: sampleId } } })),
  });
  if (found.isPending) return <Loading />;
  if (found.error) return <Failure error={found.error} />;
  const { sample } = found.data;
  const line = found.data.manifest as ManifestLine;
  const attributes = Object.entries(line.attributes ?? {});
  const record = Object.entries(line.record ?? {}).filter(([, value]) => value !== "");
  return (
    <Page title={sample.identity || t("samples.nobody")} lead={sample.path} back={{ to: `/datasets/${id}`, label: t("samples.back") }}>
      <div className="sample-page">
        <section className="sample-player">
          <Player dataset={id} sample={sample} />
        </section>
        <Card title={t("samples.about")}>
          <Facts
            rows={[
              [t("facets.kind"), <KindBadge key="k" kind={sample.kind} />],
              [t("facets.species"), sample.species],
              ...(sample.method ? [[t("facets.method"), sample.method] as [string, string]] : []),
              ...(sample.driver ? [[t("samples.driver"), sample.driver] as [string, string]] : []),
              [t("facets.compression"), sample.compression.toUpperCase() || t("samples.asItCame")],
              [t("facets.split"), sample.split || t("samples.noSplit")],
              [t("facets.licence"), sample.licence],
              ...(line.consent ? [[t("samples.consent"), line.consent] as [string, string]] : []),
              ...attributes.map(([name, value]): [string, React.ReactNode] => [
                attribute.name(name),
                <span key={name}>
                  {attribute.value(value.value)} {value.estimated && <Badge>{t("samples.estimated")}</Badge>}
                </span>,
              ]),
              [t("samples.bytes"), format.bytes(sample.bytes)],
              ["SHA-256", <code key="h" className="break">{line.sha256}</code>],
            ]}
          />
        </Card>
      </div>
      {!sample.failed && <Compressions dataset={id} detail={found.data} />}
      <Card title={t("samples.provenance")}>
        {found.data.provenance.length === 0 ? <p className="note">{t("samples.isSource")}</p> : <Ancestry dataset={id} parents={found.data.provenance} />}
      </Card>
      <div className="grid-two">
        {!sample.failed && <Quality dataset={id} sample={sample} />}
        {record.length > 0 && (
          <Card title={t("samples.record")}>
            <Facts rows={record.map(([name, value]): [string, React.ReactNode] => [name, <code key={name} className="break" title={value}>{shortHashes(value)}</code>])} />
          </Card>
        )}
      </div>
    </Page>
  );
}
