// The styles of all come before those of rooms and parts, which may refine them.
import '@fontsource-variable/inter/wght.css';
import './styles/tokens.css';
import './styles/app.css';
import './styles/shell.css';
import { mount } from 'svelte';
import App from './App.svelte';
import { takeToken } from './lib/api/session';

takeToken();
const target = document.getElementById('app');
if (target) mount(App, { target });
