/** Three ways for services on the internet to reach a laptop, and what each of them keeps and loses. */

export interface Tunnel {
  name: string;
  best: string;
  /** Typed once, with the address of the public door on this machine. */
  commands: (address: string) => string[];
  keeps: string[];
  loses: string[];
  url: string;
}

const port = (address: string) => /:(\d+)$/.exec(address)?.[1] ?? '8787';

export const TUNNELS: Tunnel[] = [
  {
    name: 'Tailscale Funnel',
    best: 'The most private of the three, and free for one person.',
    commands: (address) => [`tailscale funnel --bg ${port(address)}`],
    keeps: [
      'One address for good, such as https://laptop.tail1234.ts.net.',
      'Nobody reads along: what is sent is opened on this machine only.',
      'Starts again by itself after a restart of the machine.',
    ],
    loses: [
      'The address carries the name of your machine and of your Tailscale network.',
      'Only the ports 443, 8443 and 10000 are open to the internet, and how much may pass is limited.',
      'A sender gets no answer while the machine sleeps.',
    ],
    url: 'https://tailscale.com/kb/1223/funnel',
  },
  {
    name: 'cloudflared',
    best: 'For those who have a domain of their own at Cloudflare.',
    commands: (address) => [
      'cloudflared tunnel login',
      'cloudflared tunnel create leadtrail',
      'cloudflared tunnel route dns leadtrail hooks.your-domain.com',
      `cloudflared tunnel run --url ${address} leadtrail`,
    ],
    keeps: [
      'One address for good, under your own domain.',
      'Free, and made to run as a service that starts with the machine.',
      'Bodies up to 100 MB on the free plan, far above what any service sends.',
    ],
    loses: [
      'Cloudflare opens what is sent and could read it.',
      'Its protection against bots can turn a service away: switch it off for this address.',
      'Without a domain the address is new at each start. Then every service has to be told again.',
    ],
    url: 'https://developers.cloudflare.com/cloudflare-one/connections/connect-networks/',
  },
  {
    name: 'ngrok',
    best: 'The quickest to set up.',
    commands: (address) => ['ngrok config add-authtoken YOUR_TOKEN', `ngrok http ${port(address)}`],
    keeps: [
      'One address for good, which a free account is given.',
      'Bodies and headers pass as they were sent.',
    ],
    loses: [
      'ngrok opens what is sent, could read it, and shows it in its own inspector.',
      'A free account has a limit of requests a month. Above it services are turned away.',
      'Has to be started again after a restart, unless it is set up as a service.',
    ],
    url: 'https://ngrok.com/docs/http/',
  },
];
