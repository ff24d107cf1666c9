import { Select } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useApplication } from "../api/products";
import { Loaded } from "../shell/Loaded";
import { Bars } from "./Bars";
import styles from "./overview.module.css";
import { PROPERTIES, type Property, useDistribution } from "./queries";

/** The most frequent values that are shown; the rest is one more. */
const SHOWN = 15;

/** What the devices are. */
export default function Distribution() {
  const { t } = useTranslation("overview");
  const { access_id } = useApplication();
  const [property, setProperty] = useState<Property>("device_brand");
  const query = useDistribution(access_id, property);
  return (
    <section className="panel" aria-labelledby="distribution">
      <div className={styles.row}>
        <h2 id="distribution" className={styles.heading}>
          {t("distribution.title")}
        </h2>
        <Select<Property>
          aria-label={t("distribution.property")}
          value={property}
          onChange={setProperty}
          style={{ width: 180 }}
          options={PROPERTIES.map((value) => ({ value, label: t(`property.${value}`) }))}
        />
      </div>
      <Loaded query={query}>
        {(values) => {
          const whole = values.reduce((sum, { devices }) => sum + devices, 0);
          const rest = values.slice(SHOWN).reduce((sum, { devices }) => sum + devices, 0);
          const rows = values.slice(0, SHOWN).map(({ value, devices }) => ({ name: value || t("unknown"), devices }));
          if (rest) rows.push({ name: t("distribution.rest", { count: values.length - SHOWN }), devices: rest });
          if (!rows.length) return <p className="quiet">{t("distribution.none")}</p>;
          return (
            <Bars label={t(`property.${property}`)} nameOf={t(`property.${property}`)} rows={rows} whole={whole} />
          );
        }}
      </Loaded>
    </section>
  );
}
