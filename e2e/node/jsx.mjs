// The least of a JSX runtime: it builds elements and renders nothing.
export const Fragment = 'fragment';
export const jsx = (type, props) => ({ type, props });
export const jsxs = jsx;
