// The styles of all come before those of rooms and parts, which may refine them.
import '@fontsource-variable/inter/wght.css';
import './styles/tokens.css';
import './styles/base.css';
import './styles/panes.css';
import './styles/buttons.css';
import './styles/chips.css';
import './styles/fields.css';
import './styles/lists.css';
import './styles/timeline.css';
import './styles/popovers.css';
import './styles/pages.css';
import './styles/switch.css';
import './styles/shell.css';
import { mount } from 'svelte';
import App from './App.svelte';
import { takeToken } from './lib/api/session';

takeToken();
const target = document.getElementById('app');
if (target) mount(App, { target });
