// A QR code drawn here: the secret in it goes to no other host.

import qrcode from "qrcode-generator";
import { useMemo } from "react";

const kQuiet = 4;  // modules of quiet zone around (ISO/IEC 18004)

export function QrCode({ text, label }: { text: string; label: string }) {
  const { size, path } = useMemo(() => {
    const code = qrcode(0, "M");
    code.addData(text);
    code.make();
    const count = code.getModuleCount();
    let dark = "";
    for (let row = 0; row < count; ++row)
      for (let column = 0; column < count; ++column)
        if (code.isDark(row, column)) dark += `M${column + kQuiet} ${row + kQuiet}h1v1h-1z`;
    return { size: count + 2 * kQuiet, path: dark };
  }, [text]);
  return (
    <svg className="qr" viewBox={`0 0 ${size} ${size}`} role="img" aria-label={label} shapeRendering="crispEdges">
      <rect width={size} height={size} fill="#fff" />
      <path d={path} fill="#000" />
    </svg>
  );
}
