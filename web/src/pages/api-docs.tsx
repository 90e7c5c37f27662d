// The API, from the file that the service serves: every call with its parameters, bodies, answers, roles and scopes.

import { useQuery } from "@tanstack/react-query";
import { useState, type ReactNode } from "react";
import { useTranslation } from "react-i18next";

import { getJson } from "../api/client";
import { Badge, Failure, Loading } from "../ui/feedback";
import { TextField } from "../ui/fields";
import { Card, Page } from "../ui/page";

interface Schema {
  $ref?: string;
  type?: string | string[];
  format?: string;
  description?: string;
  enum?: (string | null)[];
  properties?: Record<string, Schema>;
  required?: string[];
  items?: Schema;
  anyOf?: Schema[];
  additionalProperties?: boolean | Schema;
  minimum?: number;
  maximum?: number;
  minLength?: number;
  maxLength?: number;
  minItems?: number;
  maxItems?: number;
  default?: unknown;
}

interface Content {
  [type: string]: { schema: Schema };
}

interface Operation {
  operationId: string;
  summary: string;
  tags: string[];
  description?: string;
  security?: Record<string, string[]>[];
  parameters?: { name: string; in: string; required?: boolean; description?: string; schema: Schema }[];
  requestBody?: { required?: boolean; content: Content };
  responses: Record<string, { description?: string; content?: Content; $ref?: string }>;
  "x-roles"?: string[];
  "x-scope"?: string;
}

export interface OpenApi {
  info: { title: string; version: string; summary: string; description: string };
  tags: { name: string; description: string }[];
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, Schema> };
}

const nameOf = (reference: string) => reference.split("/").at(-1) ?? reference;

function rangeOf(schema: Schema): string {
  const parts: string[] = [];
  if (schema.minimum !== undefined || schema.maximum !== undefined) parts.push(`${schema.minimum ?? ""}..${schema.maximum ?? ""}`);
  if (schema.minLength !== undefined || schema.maxLength !== undefined) parts.push(`length ${schema.minLength ?? 0}..${schema.maxLength ?? ""}`);
  if (schema.minItems !== undefined || schema.maxItems !== undefined) parts.push(`items ${schema.minItems ?? 0}..${schema.maxItems ?? ""}`);
  if (schema.default !== undefined) parts.push(`default ${JSON.stringify(schema.default)}`);
  return parts.join(", ");
}

/** Leads to a schema further down, and opens it. */
function SchemaLink({ name }: { name: string }) {
  return (
    <a href={`#schema-${name}`} onClick={() => document.getElementById(`schema-${name}`)?.setAttribute("open", "")}>
      {name}
    </a>
  );
}

function TypeName({ schema }: { schema: Schema }): ReactNode {
  if (schema.$ref) return <SchemaLink name={nameOf(schema.$ref)} />;
  if (schema.anyOf)
    return schema.anyOf.map((each, index) => (
      <span key={index}>
        {index > 0 && " | "}
        <TypeName schema={each} />
      </span>
    ));
  if (schema.enum) return <>{schema.enum.map((each) => (each === null ? "null" : `"${each}"`)).join(" | ")}</>;
  if (schema.type === "array" && schema.items)
    return (
      <>
        <TypeName schema={schema.items} />
        []
      </>
    );
  if (schema.additionalProperties && typeof schema.additionalProperties === "object")
    return (
      <>
        {"{ name: "}
        <TypeName schema={schema.additionalProperties} />
        {" }"}
      </>
    );
  const name = Array.isArray(schema.type) ? schema.type.join(" | ") : (schema.type ?? "any");
  return <>{schema.format ? `${name} (${schema.format})` : name}</>;
}

function Properties({ schema }: { schema: Schema }) {
  const { t } = useTranslation();
  const rows = Object.entries(schema.properties ?? {});
  if (rows.length === 0)
    return (
      <p className="mono">
        <TypeName schema={schema} />
      </p>
    );
  return (
    <ul className="properties">
      {rows.map(([name, each]) => (
        <li key={name}>
          <p>
            <code className="property">{name}</code>{" "}
            <span className="mono note">
              <TypeName schema={each} />
            </span>{" "}
            {schema.required?.includes(name) && <Badge>{t("apiDocs.required")}</Badge>}
          </p>
          {(each.description || rangeOf(each)) && (
            <p className="note">
              {each.description} {rangeOf(each)}
            </p>
          )}
          {each.properties && <Properties schema={each} />}
          {each.items?.properties && <Properties schema={each.items} />}
        </li>
      ))}
    </ul>
  );
}

function Bodies({ content }: { content: Content }) {
  return Object.entries(content).map(([type, { schema }]) => (
    <div key={type} className="properties-of">
      <p className="note mono">{type}</p>
      {schema.format === "binary" ? null : <Properties schema={schema} />}
    </div>
  ));
}

function exampleOf(path: string, method: string, operation: Operation): string {
  const lines = [`curl ${method === "get" ? "" : `-X ${method.toUpperCase()} `}"$KYCLOPS${path}"`];
  if (operation["x-scope"]) lines.push(`  -H "Authorization: Bearer $KEY"`);
  const body = operation.requestBody?.content ?? {};
  const json = body["application/json"];
  if (json) {
    const names = Object.entries(json.schema.properties ?? {}).filter(([name]) => json.schema.required?.includes(name));
    const example = Object.fromEntries(
      names.map(([name, each]) => [name, each.enum?.[0] ?? (each.type === "integer" ? (each.minimum ?? 1) : each.type === "array" ? [] : "...")]),
    );
    lines.push(`  -H "Content-Type: application/json" -d '${JSON.stringify(example)}'`);
  } else if (Object.keys(body).length > 0) {
    lines.push(`  --data-binary @FILE`);
  }
  return lines.join(" \\\n");
}

function Call({ path, method, operation }: { path: string; method: string; operation: Operation }) {
  const { t } = useTranslation();
  const roles = operation["x-roles"];
  return (
    <details className="call" id={operation.operationId}>
      <summary>
        <span className={`method ${method}`}>{method.toUpperCase()}</span>
        <code className="break">{path}</code>
        <span className="call-summary">{operation.summary}</span>
      </summary>
      <div className="call-body">
        <p className="note">
          {roles ? t("apiDocs.roles", { roles: roles.join(", ") }) : t("apiDocs.public")}
          {operation["x-scope"] ? ` ${t("apiDocs.scope", { scope: operation["x-scope"] })}` : roles ? ` ${t("apiDocs.sessionOnly")}` : ""}
        </p>
        {operation.parameters && operation.parameters.length > 0 && (
          <>
            <h3>{t("apiDocs.parameters")}</h3>
            <ul className="properties">
              {operation.parameters.map((each) => (
                <li key={each.in + each.name}>
                  <p>
                    <code className="property">{each.name}</code>{" "}
                    <span className="mono note">
                      {each.in}, <TypeName schema={each.schema} />
                    </span>{" "}
                    {each.required && <Badge>{t("apiDocs.required")}</Badge>}
                  </p>
                  {(each.description || rangeOf(each.schema)) && (
                    <p className="note">
                      {each.description} {rangeOf(each.schema)}
                    </p>
                  )}
                </li>
              ))}
            </ul>
          </>
        )}
        {operation.requestBody && (
          <>
            <h3>{t("apiDocs.body")}</h3>
            <Bodies content={operation.requestBody.content} />
          </>
        )}
        <h3>{t("apiDocs.answers")}</h3>
        <ul className="properties">
          {Object.entries(operation.responses).map(([status, response]) => (
            <li key={status}>
              <p>
                <Badge tone={status.startsWith("2") ? "good" : "neutral"}>{status}</Badge>{" "}
                {response.$ref ? (
                  <span className="mono note">
                    <SchemaLink name={nameOf(response.$ref)} />
                  </span>
                ) : (
                  !response.content && <span className="note">{t("apiDocs.noBody")}</span>
                )}
              </p>
              {response.content && <Bodies content={response.content} />}
            </li>
          ))}
        </ul>
        <h3>{t("apiDocs.example")}</h3>
        <pre className="code">{exampleOf(path, method, operation)}</pre>
      </div>
    </details>
  );
}

const kMethods = ["get", "post", "put", "patch", "delete"];

export function ApiDocs() {
  const { t } = useTranslation();
  const [text, setText] = useState("");
  const file = useQuery({ queryKey: ["openapi"], queryFn: () => getJson<OpenApi>("/openapi.json"), staleTime: Infinity });
  if (file.isPending) return <Loading />;
  if (file.error) return <Failure error={file.error} retry={() => void file.refetch()} />;
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  const calls = Object.entries(file.data.paths)
    .flatMap(([path, methods]) =>
      Object.entries(methods)
        .filter(([method]) => kMethods.includes(method))
        .map(([method, operation]) => ({ path, method, operation })),
    )
    .filter(({ path, method, operation }) => {
      const all = `${method} ${path} ${operation.summary} ${operation.operationId}`.toLowerCase();
      return words.every((word) => all.includes(word));
    });
  return (
    <Page title={t("apiDocs.title")} lead={t("apiDocs.lead", { version: file.data.info.version })}>
      <div className="filters" lang="en">
        <p className="note api-intro">
          {file.data.info.description.split("`").map((part, index) => (index % 2 === 1 ? <code key={index}>{part}</code> : part))}{" "}
          <a href="/openapi.json">openapi.json</a>
        </p>
        <div className="search">
          <TextField label={t("apiDocs.find")} type="search" value={text} onChange={setText} />
        </div>
      </div>
      {file.data.tags.map((tag) => {
        const own = calls.filter(({ operation }) => operation.tags.includes(tag.name));
        if (own.length === 0) return null;
        return (
          <Card key={tag.name} title={<span lang="en">{tag.description}</span>}>
            <div lang="en">
              {own.map(({ path, method, operation }) => (
                <Call key={operation.operationId} path={path} method={method} operation={operation} />
              ))}
            </div>
          </Card>
        );
      })}
      <Card title={t("apiDocs.schemas")}>
        <div lang="en">
          {Object.entries(file.data.components.schemas).map(([name, schema]) => (
            <details key={name} id={`schema-${name}`} className="schema">
              <summary>
                <code className="property">{name}</code>
              </summary>
              <Properties schema={schema} />
            </details>
          ))}
        </div>
      </Card>
    </Page>
  );
}
