import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { createBrowserRouter } from 'react-router';
import { Auth } from './api/auth';
import { Api } from './api/client';
import { newQueryClient } from './api/queries';
import { App, routes } from './App';
import { applyTheme } from './components/theme';
import './styles/tokens.css';
import './styles/base.css';

applyTheme();
const root = document.getElementById('root');
if (!root) throw new Error('index.html has no #root');
const auth = new Auth();
createRoot(root).render(
  <StrictMode>
    <App services={{ auth, api: new Api(auth) }} queries={newQueryClient()} router={createBrowserRouter(routes)} />
  </StrictMode>,
);
