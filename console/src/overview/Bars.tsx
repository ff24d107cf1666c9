import { useTranslation } from "react-i18next";
import { useNumbers } from "../words/Count";
import styles from "./overview.module.css";

interface Props {
  label: string;
  /** The heading of the names. */
  nameOf: string;
  rows: { name: string; devices: number }[];
  /** What the shares are of. */
  whole: number;
}

/** Parts of a whole: a table whose rows are drawn as bars. */
export function Bars({ label, nameOf, rows, whole }: Props) {
  const { t } = useTranslation("overview");
  const numbers = useNumbers();
  const most = Math.max(...rows.map(({ devices }) => devices), 1);
  const sorted = [...rows].sort((a, b) => b.devices - a.devices);
  return (
    <table className={styles.bars} aria-label={label}>
      <thead className="sr-only">
        <tr>
          <th scope="col">{nameOf}</th>
          <th scope="col">{t("devices")}</th>
          <th scope="col">{t("share")}</th>
        </tr>
      </thead>
      <tbody>
        {sorted.map(({ name, devices }) => (
          <tr key={name}>
            <th scope="row">{name}</th>
            <td>
              <span className={styles.bar} style={{ width: `${(devices / most) * 100}%` }} />
              <span className={styles.count}>{numbers.count(devices)}</span>
            </td>
            <td className="quiet">{numbers.share(devices, whole)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
