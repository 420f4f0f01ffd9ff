/** Three ways for services on the internet to reach a laptop, and what each of them keeps and loses. */

export interface Tunnel {
  name: string;
  best: string;
  /** What to do before, or what it asks. */
  first: string;
  /** Typed once, with the address of the public door on this machine. */
  commands: (address: string) => string[];
  keeps: string[];
  loses: string[];
  url: string;
}

const port = (address: string) => /:(\d+)$/.exec(address)?.[1] ?? '8787';

/** As of November 2026, by what the three publish; `docs/reaching-your-laptop.md` says the same at length. */
export const TUNNELS: Tunnel[] = [
  {
    name: 'Tailscale Funnel',
    best: 'The most private of the three, in the free plan.',
    first: 'Once, and it asks you to allow Funnel in a browser:',
    commands: (address) => [`tailscale funnel --bg ${port(address)}`],
    keeps: [
      'One address for good, such as https://laptop.your-net.ts.net.',
      'Nobody reads along: the encryption ends on this machine.',
      'Body and headers pass as they were sent. Headers of its own are added.',
      'Starts again by itself after a restart of the machine.',
    ],
    loses: [
      'The name of your machine becomes public, in the lists of certificates.',
      'Only the ports 443, 8443 and 10000, and a limit of traffic that is not published.',
    ],
    url: 'https://tailscale.com/kb/1223/funnel',
  },
  {
    name: 'cloudflared',
    best: 'For those who have a domain at Cloudflare.',
    first:
      'Make a tunnel in Cloudflare’s dashboard with the address of the door on this machine as its service. It then shows this line with your token:',
    commands: () => ['cloudflared service install YOUR_TOKEN'],
    keeps: [
      'One address for good, under your own domain.',
      'Free but for the domain, and starts with the machine.',
      'Body and headers pass as they were sent, up to 100 MB. Headers of its own are added.',
    ],
    loses: [
      'The encryption ends at Cloudflare, which could read what is sent.',
      'Its protection against bots turns services away: leave it off for this name.',
      'The tunnels that need no account (trycloudflare.com) have another address at each start.',
    ],
    url: 'https://developers.cloudflare.com/cloudflare-one/connections/connect-networks/',
  },
  {
    name: 'ngrok',
    best: 'The quickest to set up.',
    first: 'With the domain your account was given:',
    commands: (address) => [`ngrok http ${port(address)} --url https://your-name.ngrok-free.app`],
    keeps: [
      'One address for good, which a free account is given.',
      'Body and headers pass as they were sent. Headers of its own are added.',
    ],
    loses: [
      'The encryption ends at ngrok, which could read what is sent.',
      'The free plan takes 20,000 requests and 1 GB a month, and refuses what comes after.',
      'Its inspector keeps whole messages: turn it off.',
      'Starts with the machine only if you set it up as a service.',
    ],
    url: 'https://ngrok.com/docs/http/',
  },
];
