import { DownloadOutlined } from "@ant-design/icons";
import { Alert } from "antd";
import { useTranslation } from "react-i18next";
import { url } from "../../api/client";
import { useApplication } from "../../api/products";
import { useNumbers } from "../../words/Count";
import { Time } from "../../words/Time";
import styles from "../composer.module.css";
import type { Package, Verdict } from "./packages";
import { reasonWords } from "./reasonWords";
import own from "./target.module.css";

/** What became of the lines of a package. */
export function PackageVerdict({ of }: { of: Package }) {
  const { t } = useTranslation("composer");
  const { access_id: accessId } = useApplication();
  const numbers = useNumbers();
  const refused = url("/apps/{access_id}/packages/{package_id}/refused", {
    access_id: accessId,
    package_id: of.package_id,
  });
  return (
    <>
      <VerdictFigures of={of} />
      {of.header_warning && <Alert type="warning" showIcon title={t("package.heading")} />}
      {of.same_as !== null && <p className={styles.warning}>{t("package.sameAs", { id: of.same_as })}</p>}
      {of.invalid > 0 && (
        <a href={refused} download>
          <DownloadOutlined /> {t("package.downloadRefused", { shown: numbers.count(of.invalid), count: of.invalid })}
        </a>
      )}
      <p className={`quiet ${styles.small}`}>
        {numbers.bytes(of.file_bytes)} · {t("package.uploaded")} <Time at={of.uploaded_at} />
      </p>
    </>
  );
}

export function VerdictFigures({ of }: { of: Verdict }) {
  const { t } = useTranslation("composer");
  const numbers = useNumbers();
  const figures = ["lines", "accounts", "duplicates", "invalid"] as const;
  return (
    <>
      <dl className={own.figures}>
        {figures.map((name) => (
          <div key={name}>
            <dt>{t(`package.${name}`)}</dt>
            <dd className={name === "invalid" && of.invalid ? `numbers ${own.bad}` : "numbers"}>
              {numbers.count(of[name])}
            </dd>
          </div>
        ))}
      </dl>
      {of.invalid > 0 && <Refused of={of} />}
    </>
  );
}

/** Why lines were refused, and the first of them. */
function Refused({ of }: { of: Verdict }) {
  const { t } = useTranslation("composer");
  const numbers = useNumbers();
  const reasons = Object.entries(of.invalid_by_reason).sort((a, b) => b[1] - a[1]);
  return (
    <details className={styles.details}>
      <summary>{t("package.whyRefused")}</summary>
      <ul>
        {reasons.map(([reason, count]) => (
          <li key={reason}>
            <span className="numbers">{numbers.count(count)}</span> × {reasonWords(t, reason)}
          </li>
        ))}
      </ul>
      <table className={own.examples}>
        <thead>
          <tr>
            <th scope="col">{t("package.line")}</th>
            <th scope="col">{t("package.text")}</th>
            <th scope="col">{t("package.reason")}</th>
          </tr>
        </thead>
        <tbody>
          {of.examples.map((example) => (
            <tr key={example.line}>
              <td className="numbers">{numbers.count(example.line)}</td>
              <td className="mono">{example.text.slice(0, 80)}</td>
              <td>{reasonWords(t, example.reason)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </details>
  );
}
