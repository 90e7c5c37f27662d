// Line icons, 24 by 24, in the colour of the text around them. Decoration only: the text beside them says the same.

import type { SVGProps } from "react";

const shapes = {
  home: "M4 11 12 4l8 7M6 9.500V20h12V9.500M10 20v-6h4v6",
  shield: "M12 3 5 6v5c0 5 3 8.500 7 10 4-1.500 7-5 7-10V6l-7-3Zm-3 9 2.200 2.200L15.500 10",
  inbox: "M4 13h4l2 3h4l2-3h4M4 13v6h16v-6M4 13l3-8h10l3 8",
  users: "M9 11a3.500 3.500 0 1 0 0-7 3.500 3.500 0 0 0 0 7Zm-6 9c0-3.500 2.500-6 6-6s6 2.500 6 6M16 4.500a3.500 3.500 0 0 1 0 6.500m2 3.500c2 .8 3.500 2.800 3.500 5.500",
  database: "M12 9c4.400 0 8-1.300 8-3s-3.600-3-8-3-8 1.300-8 3 3.600 3 8 3Zm8-3v12c0 1.700-3.600 3-8 3s-8-1.300-8-3V6m16 6c0 1.700-3.600 3-8 3s-8-1.300-8-3",
  clock: "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18Zm0-14v5l3.500 2",
  chart: "M4 4v16h16M8 16v-4m4 4V8m4 8v-6",
  log: "M6 3h9l4 4v14H6V3Zm9 0v4h4M9 12h7M9 16h7",
  lock: "M6 11h12v9H6v-9Zm3 0V8a3 3 0 0 1 6 0v3",
  hook: "M9 7.500a3 3 0 1 1 4.500 2.600L11 15m-4-3.500a4 4 0 1 0 4 6.500h5.500m-2-9 3 5a4 4 0 1 1-2 5.500",
  code: "m8 8-4 4 4 4m8-8 4 4-4 4M13.500 5l-3 14",
  user: "M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8Zm-8 9c0-4 3.500-7 8-7s8 3 8 7",
  menu: "M4 7h16M4 12h16M4 17h16",
  close: "m6 6 12 12M18 6 6 18",
  check: "m5 12.500 4.500 4.500L19 7",
  cross: "m7 7 10 10M17 7 7 17",
  warn: "M12 4 2.500 20h19L12 4Zm0 6v4.500m0 2.800v.2",
  info: "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18Zm0-10v5.500m0-9v.2",
  camera: "M4 8h3.500L9 5.500h6L16.500 8H20v11H4V8Zm8 8.500a3.500 3.500 0 1 0 0-7 3.500 3.500 0 0 0 0 7Z",
  upload: "M12 16V5m-4.500 4L12 4.500 16.500 9M4 15v5h16v-5",
  trash: "M5 7h14M9.500 7V4.500h5V7M7 7l1 13h8l1-13M10.500 11v5.500m3-5.500v5.500",
  search: "M10.500 17a6.500 6.500 0 1 0 0-13 6.500 6.500 0 0 0 0 13Zm4.800-1.700L20 20",
  plus: "M12 5v14M5 12h14",
  next: "m9.500 6 6 6-6 6",
  back: "m14.500 6-6 6 6 6",
  down: "m6 9.500 6 6 6-6",
  external: "M13.500 4.500H20V11M20 4.500 11 13.500M17 14v5.500H4.500V7H10",
  sun: "M12 16.500a4.500 4.500 0 1 0 0-9 4.500 4.500 0 0 0 0 9ZM12 2v2.500m0 15V22M2 12h2.500m15 0H22M5 5l1.700 1.700m10.600 10.600L19 19M5 19l1.700-1.700M17.300 6.700 19 5",
  key: "M15.500 14a5.500 5.500 0 1 0-5.300-4L3.500 16.700V20.500h4v-2.500H10v-2.500l1.600-1.700c1 .2 2.500.2 3.900.2Zm1-6v.1",
  play: "M8 5.500v13l10.500-6.500L8 5.500Z",
  document: "M3.500 5.500h17v13h-17v-13Zm4 7.500a2 2 0 1 0 0-4 2 2 0 0 0 0 4Zm-1.500 2.500h3.500m4-5.500h4.500m-4.500 3.500h4.500",
  eye: "M2.500 12C5 7.500 8.300 5.500 12 5.500s7 2 9.500 6.500c-2.500 4.500-5.800 6.500-9.500 6.500S5 16.500 2.500 12Zm9.500 3a3 3 0 1 0 0-6 3 3 0 0 0 0 6Z",
} as const;

export type IconName = keyof typeof shapes;

export function Icon({ name, size = 20, ...rest }: { name: IconName; size?: number } & SVGProps<SVGSVGElement>) {
  return (
    <svg
      className="icon"
      width={size}
      height={size}
      viewBox="0 0 24 24"
      fill="none"
      stroke="currentColor"
      strokeWidth={1.7}
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden="true"
      focusable="false"
      {...rest}
    >
      <path d={shapes[name]} />
    </svg>
  );
}

export function Logo({ size = 28 }: { size?: number }) {
  return (
    <svg className="logo" width={size} height={size} viewBox="0 0 32 32" aria-hidden="true" focusable="false">
      <rect className="logo-ground" width="32" height="32" rx="7" />
      <path className="logo-eye" d="M4.500 16C8 10.400 11.800 8 16 8s8 2.400 11.500 8C24 21.600 20.200 24 16 24S8 21.600 4.500 16Z" />
      <circle className="logo-ground" cx="16" cy="16" r="5" />
      <circle className="logo-eye" cx="16" cy="16" r="2" />
    </svg>
  );
}
