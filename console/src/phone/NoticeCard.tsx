import { CloseOutlined } from "@ant-design/icons";
import { type PointerEvent, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { useTimes } from "../words/Time";
import type { Notice } from "./notices";
import styles from "./phone.module.css";

/** Pixels aside that dismiss a notice; fewer that are still a tap. */
const SWIPED = 90;
const TAPPED = 6;

interface Props {
  notice: Notice;
  /** Of the application. */
  name: string;
  onTap: () => void;
  onClear: () => void;
}

/** One notification: a tap opens it, a swipe or the cross dismisses it. */
export function NoticeCard({ notice, name, onTap, onClear }: Props) {
  const { t } = useTranslation("phone");
  const times = useTimes();
  const swipe = useSwipe(onClear);
  const at = new Date(notice.at).toISOString();
  return (
    <article className={styles.notice} style={swipe.style} {...swipe.on}>
      <button type="button" className={styles.tap} onClick={() => !swipe.moved() && onTap()} data-push={notice.pushId}>
        <span className={styles.from}>
          <img src="/console/dove.svg" alt="" width={16} height={16} draggable={false} />
          {name}
          <time dateTime={at}>{times.relative(at)}</time>
        </span>
        <strong>{notice.title}</strong>
        <span className={styles.content}>{notice.content}</span>
        {notice.picture && <Picture address={notice.picture} />}
      </button>
      <button type="button" className={styles.cross} onClick={onClear} aria-label={t("screen.clear")}>
        <CloseOutlined />
      </button>
    </article>
  );
}

/** One that can't be fetched is not shown, as on a phone. */
function Picture({ address }: { address: string }) {
  const [failed, setFailed] = useState(false);
  if (failed) return null;
  return <img src={address} alt="" className={styles.picture} onError={() => setFailed(true)} draggable={false} />;
}

function useSwipe(onSwiped: () => void) {
  const start = useRef<number>(undefined);
  const furthest = useRef(0);
  const [aside, setAside] = useState(0);

  function end(event: PointerEvent) {
    if (start.current !== undefined && Math.abs(event.clientX - start.current) > SWIPED) onSwiped();
    start.current = undefined;
    setAside(0);
  }

  return {
    style: aside
      ? { transform: `translateX(${aside}px)`, opacity: 1 - Math.min(Math.abs(aside) / 300, 0.7) }
      : undefined,
    moved: () => furthest.current > TAPPED,
    on: {
      onPointerDown: (event: PointerEvent) => {
        start.current = event.clientX;
        furthest.current = 0;
      },
      onPointerMove: (event: PointerEvent) => {
        if (start.current === undefined) return;
        const moved = event.clientX - start.current;
        furthest.current = Math.max(furthest.current, Math.abs(moved));
        if (furthest.current > TAPPED) {
          event.currentTarget.setPointerCapture(event.pointerId);
          setAside(moved);
        }
      },
      onPointerUp: end,
      onPointerCancel: () => {
        start.current = undefined;
        setAside(0);
      },
    },
  };
}
