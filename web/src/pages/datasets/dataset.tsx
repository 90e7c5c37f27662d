// One data set and the search in it. The filters stand in the address, so that a search can be kept and sent.

import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState, type FormEvent } from "react";
import { useTranslation } from "react-i18next";
import { Link, useNavigate, useParams, useSearchParams } from "react-router-dom";

import { api, body, type Facets, type Sample } from "../../api/client";
import { usePages } from "../../api/paging";
import { facetNames, filtersOf, findSamples, frameAddress, sampleLink } from "../../api/samples";
import { hasRole, useSession } from "../../api/session";
import { useFormat } from "../../i18n/format";
import { Button, ButtonLink } from "../../ui/button";
import { Confirm } from "../../ui/confirm";
import { Badge, Failure, Loading, Notice } from "../../ui/feedback";
import { Choice, TextField } from "../../ui/fields";
import { Paged } from "../../ui/list";
import { Page } from "../../ui/page";

export function KindBadge({ kind }: { kind: Sample["kind"] }) {
  const { t } = useTranslation();
  return <Badge tone={kind === "attack" ? "warn" : "good"}>{t(`kinds.${kind}`)}</Badge>;
}

/** Names and values of attributes in the person's language, where we know them. */
export function useAttributeText() {
  const { t, i18n } = useTranslation();
  const known = (key: string, otherwise: string) => (i18n.exists(key) ? t(key as "attributes.age") : otherwise);
  return {
    name: (name: string) => known(`attributes.${name}`, name),
    value: (value: string) => known(`attributes.values.${value}`, value),
  };
}

/** A picture of a sample, or the reason why there is none. */
export function Still({ dataset, sample, width, at }: { dataset: string; sample: Sample; width: number; at?: number }) {
  const { t } = useTranslation();
  const [broken, setBroken] = useState(false);
  if (sample.failed || broken) return <span className="still none">{t(sample.failed ? "samples.failed" : "samples.noPicture")}</span>;
  return <img className="still" src={frameAddress(dataset, sample.id, width, at)} alt="" loading="lazy" onError={() => setBroken(true)} />;
}

function SampleCard({ dataset, sample }: { dataset: string; sample: Sample }) {
  const { t } = useTranslation();
  return (
    <li className="sample-card">
      <Link to={sampleLink(dataset, sample.id)}>
        <Still dataset={dataset} sample={sample} width={320} />
        <span className="sample-text">
          <span className="row-title">{sample.identity || t("samples.nobody")}</span>
          <span className="note">
            {[
              ...(sample.age === null ? [] : [t(sample.age_estimated ? "samples.ageEstimated" : "samples.age", { age: sample.age })]),
              ...(sample.kind === "attack" ? [sample.species] : []),
            ].join(", ")}
          </span>
          <span className="sample-badges">
            <KindBadge kind={sample.kind} />
            {sample.compression && <Badge>{sample.compression.toUpperCase()}</Badge>}
            {sample.split && <Badge>{sample.split}</Badge>}
          </span>
        </span>
      </Link>
    </li>
  );
}

function FacetChoice({ name, label, facets, query, onChoose, words = (value) => value }: { name: string; label: string; words?: (value: string) => string; facets: { value: string; count: number }[]; query: URLSearchParams; onChoose: (name: string, value: string) => void }) {
  const { t } = useTranslation();
  const format = useFormat();
  const given = query.get(name) ?? "";
  const known = facets.filter((each) => each.value !== "");
  const options = known.some((each) => each.value === given) || given === "" ? known : [{ value: given, count: 0 }, ...known];
  if (options.length === 0) return null;
  return (
    <Choice
      label={label}
      value={given === "" ? "(any)" : given}
      onChange={(value) => onChoose(name, value === "(any)" ? "" : value)}
      options={[
        { value: "(any)", label: t("common.any") },
        ...options.map((each) => ({ value: each.value, label: words(each.value), note: each.count > 0 ? format.number(each.count) : "" })),
      ]}
    />
  );
}

function Filters({ facets, query, onChange }: { facets: Facets; query: URLSearchParams; onChange: (next: URLSearchParams) => void }) {
  const { t } = useTranslation();
  const attribute = useAttributeText();
  // Beside the results where there is room; on a phone these would come before them.
  const [open, setOpen] = useState(() => window.matchMedia("(min-width: 56.01rem)").matches);
  const [text, setText] = useState(query.get("text") ?? "");
  const [from, setFrom] = useState(query.get("age_from") ?? "");
  const [to, setTo] = useState(query.get("age_to") ?? "");
  const wrong = from !== "" && to !== "" && Number(from) > Number(to);
  const choose = (...changes: [string, string][]) => {
    const next = new URLSearchParams(query);
    for (const [name, value] of changes) {
      if (value === "") next.delete(name);
      else next.set(name, value);
    }
    onChange(next);
  };
  const attributes = Object.entries(facets.attributes).filter(([name]) => name !== "age");
  return (
    <form
      className="facets"
      role="search"
      onSubmit={(event: FormEvent) => {
        event.preventDefault();
        if (!wrong) choose(["text", text.trim()], ["age_from", from], ["age_to", to]);
      }}
    >
      <TextField label={t("samples.text")} type="search" value={text} onChange={setText} />
      <fieldset className="age-range">
        <legend>{t("samples.ageRange")}</legend>
        <div>
          <TextField label={t("datasets.ageFrom")} type="number" inputMode="numeric" min={0} max={150} value={from} onChange={setFrom} placeholder={facets.youngest === null ? "" : String(facets.youngest)} />
          <TextField label={t("datasets.ageTo")} type="number" inputMode="numeric" min={0} max={150} value={to} onChange={setTo} placeholder={facets.oldest === null ? "" : String(facets.oldest)} />
        </div>
        {wrong && <p className="field-error">{t("datasets.ageWrong")}</p>}
      </fieldset>
      <Button look="primary" type="submit" icon="search">
        {t("common.find")}
      </Button>
      <details className="more-filters" open={open} onToggle={(event) => setOpen(event.currentTarget.open)}>
        <summary>{t("samples.moreFilters")}</summary>
        <div>
          {facetNames.map((name) => (
            <FacetChoice key={name} name={name} label={t(`facets.${name}`)} facets={facets.values[name] ?? []} query={query} onChoose={(n, v) => choose([n, v])} />
          ))}
          {attributes.map(([name, values]) => (
            <FacetChoice key={name} name={`attribute.${name}`} label={attribute.name(name)} words={attribute.value} facets={values} query={query} onChoose={(n, v) => choose([n, v])} />
          ))}
        </div>
      </details>
      {query.size > 0 && (
        <Button
          look="quiet"
          icon="close"
          onPress={() => onChange(new URLSearchParams())}
        >
          {t("samples.clear")}
        </Button>
      )}
    </form>
  );
}

function useTitle(query: URLSearchParams): string {
  const { t } = useTranslation();
  const from = query.get("age_from");
  const to = query.get("age_to");
  if (from && to) return t("samples.titleAges", { from, to });
  if (from) return t("samples.titleFrom", { from });
  if (to) return t("samples.titleTo", { to });
  return t("samples.title");
}

export function DatasetPage() {
  const { t } = useTranslation();
  const format = useFormat();
  const { id = "" } = useParams();
  const { session } = useSession();
  const navigate = useNavigate();
  const queries = useQueryClient();
  const [address, setAddress] = useSearchParams();
  const query = filtersOf(address);
  const title = useTitle(query);
  const dataset = useQuery({
    queryKey: ["dataset", id],
    queryFn: () => body(api.GET("/v1/datasets/{id}", { params: { path: { id } } })),
    refetchInterval: (state) => (state.state.data?.state === "importing" ? 1000 : false),
  });
  const ready = dataset.data?.state === "ready";
  const facets = useQuery({
    queryKey: ["facets", id],
    queryFn: () => body(api.GET("/v1/datasets/{id}/facets", { params: { path: { id } } })),
    enabled: ready,
  });
  const list = usePages<Sample>(["samples", id, query.toString(), ready], (cursor, signal) => findSamples(id, query, cursor, 24, signal));
  if (dataset.isPending) return <Loading />;
  if (dataset.error) return <Failure error={dataset.error} />;
  const researcher = hasRole(session, "researcher", "admin");
  return (
    <Page
      title={dataset.data.name}
      lead={t("datasets.about", { count: dataset.data.samples, size: format.bytes(dataset.data.bytes), folder: dataset.data.folder })}
      back={{ to: "/datasets", label: t("datasets.title") }}
      actions={
        researcher && (
          <>
            <ButtonLink icon="chart" to={`/evaluations?dataset=${encodeURIComponent(id)}`}>
              {t("evaluations.of")}
            </ButtonLink>
            <Confirm
              label={t("datasets.detach")}
              title={t("datasets.detachTitle", { name: dataset.data.name })}
              confirm={t("datasets.detach")}
              onConfirm={async () => {
                await api.DELETE("/v1/datasets/{id}", { params: { path: { id } } });
                await queries.invalidateQueries({ queryKey: ["datasets"] });
                navigate("/datasets", { replace: true });
              }}
            >
              <p>{t("datasets.detachText")}</p>
            </Confirm>
          </>
        )
      }
    >
      {dataset.data.state === "importing" && <Notice title={t("datasets.importing")} />}
      {dataset.data.state === "failed" && <Notice tone="bad" title={t("datasets.importFailed")} />}
      {ready && (
        <div className="search-page">
          {facets.data ? (
            <Filters key={query.toString()} facets={facets.data} query={query} onChange={(next) => setAddress(next)} />
          ) : (
            <Loading />
          )}
          <section className="results">
            <header className="results-head">
              <h2>{title}</h2>
              <p className="note" role="status">
                {list.total !== undefined && t("samples.found", { count: list.total })}
              </p>
            </header>
            <Failure error={list.error ?? facets.error} />
            <Paged list={list} icon="search" none={t("samples.none")}>
              {(samples) => (
                <ul className="sample-grid">
                  {samples.map((sample) => (
                    <SampleCard key={sample.id} dataset={id} sample={sample} />
                  ))}
                </ul>
              )}
            </Paged>
          </section>
        </div>
      )}
    </Page>
  );
}
