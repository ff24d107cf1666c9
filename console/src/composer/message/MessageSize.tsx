import { useTranslation } from "react-i18next";
import { useNumbers } from "../../words/Count";
import styles from "../composer.module.css";
import { message } from "../newPush";
import { bytesOf, MESSAGE_BYTES } from "../textLimits";
import { useComposer } from "../useComposer";

const WORTH_SAYING = 0.7;

/** Nothing while there is room. */
export function MessageSize() {
  const { t } = useTranslation("composer");
  const numbers = useNumbers();
  const { form, platform } = useComposer();
  const size = bytesOf(message(form, platform));
  if (size < MESSAGE_BYTES * WORTH_SAYING) return null;
  const texts = { size: numbers.count(size), limit: numbers.count(MESSAGE_BYTES) };
  return (
    <p className={size > MESSAGE_BYTES ? styles.fault : styles.warning} role="status">
      {t(size > MESSAGE_BYTES ? "message.tooLarge" : "message.size", texts)}
    </p>
  );
}
