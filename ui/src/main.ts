import '@fontsource-variable/inter/wght.css';
import { mount } from 'svelte';
import App from './App.svelte';
import { takeToken } from './lib/api/session';
import './styles/tokens.css';
import './styles/app.css';
import './styles/shell.css';

takeToken();
const target = document.getElementById('app');
if (target) mount(App, { target });
