/** For modal.confirm() about what can't be taken back: red, and Enter does nothing by accident. */
export const DANGER = { okButtonProps: { danger: true }, focusable: { autoFocusButton: "cancel" } } as const;
