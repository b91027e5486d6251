// What npm installed under the folder that MODULES names; nothing of it is found from here by itself.
import { pathToFileURL } from 'node:url';

const load = path => import(pathToFileURL(`${process.env.MODULES}/${path}`).href);
export const {default: Provider} = await load('oidc-provider/lib/index.js');
export const jose = await load('jose/dist/webapi/index.js');
