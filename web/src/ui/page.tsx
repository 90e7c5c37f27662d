// The frame of a page: its title, its parts, its tables.

import { useEffect, type ReactNode } from "react";
import { Link } from "react-router-dom";

import { Icon } from "./icons";

export function Page(props: {
  title: string;
  lead?: ReactNode;
  actions?: ReactNode;
  back?: { to: string; label: string };
  narrow?: boolean;
  children: ReactNode;
}) {
  useEffect(() => {
    document.title = `${props.title} - Kyclops`;
  }, [props.title]);
  return (
    <div className={props.narrow ? "page narrow" : "page"}>
      {props.back && (
        <Link className="back" to={props.back.to}>
          <Icon name="back" size={16} />
          {props.back.label}
        </Link>
      )}
      <header className="page-head">
        <div>
          <h1>{props.title}</h1>
          {props.lead && <p className="lead">{props.lead}</p>}
        </div>
        {props.actions && <div className="actions">{props.actions}</div>}
      </header>
      {props.children}
    </div>
  );
}

export function Card({ title, actions, children, id }: { title?: ReactNode; actions?: ReactNode; children: ReactNode; id?: string }) {
  return (
    <section className="card" id={id}>
      {(title || actions) && (
        <header className="card-head">
          {title && <h2>{title}</h2>}
          {actions && <div className="actions">{actions}</div>}
        </header>
      )}
      {children}
    </section>
  );
}

/** Rows of a record: term and value. */
export function Facts({ rows }: { rows: [string, ReactNode][] }) {
  return (
    <dl className="facts">
      {rows.map(([term, value]) => (
        <div key={term}>
          <dt>{term}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

export interface Column<T> {
  title: string;
  cell: (row: T) => ReactNode;
  number?: boolean;
  /** The column that names the row. */
  head?: boolean;
}

/** A table; on a phone every row becomes a small card whose lines carry the column's title. */
export function Table<T>({ label, columns, rows, rowKey }: { label: string; columns: Column<T>[]; rows: T[]; rowKey: (row: T) => string }) {
  return (
    <div className="table-wrap" role="region" aria-label={label} tabIndex={0}>
      <table className="table">
        <caption className="hidden">{label}</caption>
        <thead>
          <tr>
            {columns.map((column) => (
              <th key={column.title} scope="col" className={column.number ? "number" : undefined}>
                {column.title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={rowKey(row)}>
              {columns.map((column) =>
                column.head ? (
                  <th key={column.title} scope="row" data-title={column.title}>
                    {column.cell(row)}
                  </th>
                ) : (
                  <td key={column.title} data-title={column.title} className={column.number ? "number" : undefined}>
                    {column.cell(row)}
                  </td>
                ),
              )}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
