/// How a report looks: light and dark, on a screen and on paper, with nothing loaded from elsewhere.
enum ReportStyle {
    static let css = """
        :root { color-scheme: light dark; --ink: #1c2126; --soft: #5b6570; --line: #d9dee3; --page: #ffffff;
          --card: #f6f8fa; --bar: #2f6fbd; --good: #1f7a3d; --bad: #b3261e; }
        @media (prefers-color-scheme: dark) { :root { --ink: #e4e8ec; --soft: #9aa5b1; --line: #343b43; --page: #14181c;
          --card: #1d2329; --bar: #6aa7ee; --good: #6ccb8a; --bad: #ff8a80; } }
        * { box-sizing: border-box; }
        body { margin: 0 auto; padding: 2rem 1rem 4rem; max-width: 60rem; background: var(--page); color: var(--ink);
          font: 16px/1.5 system-ui, sans-serif; }
        h1 { font-size: 1.6rem; margin: 0 0 .25rem; } h2 { font-size: 1.15rem; margin: 2.5rem 0 .75rem; }
        p { margin: .25rem 0; } .soft { color: var(--soft); } .good { color: var(--good); } .bad { color: var(--bad); }
        code, .place { font-family: ui-monospace, monospace; font-size: .9em; overflow-wrap: anywhere; }
        .figures { display: flex; flex-wrap: wrap; gap: .75rem; margin: 1.5rem 0 0; padding: 0; list-style: none; }
        .figures li { background: var(--card); border: 1px solid var(--line); border-radius: .5rem; padding: .6rem 1rem; }
        .figures b { display: block; font-size: 1.35rem; font-variant-numeric: tabular-nums; }
        svg { width: 100%; height: auto; } svg text { fill: var(--ink); font: 13px system-ui, sans-serif; }
        .bar { fill: var(--bar); } .area { fill: var(--bar); fill-opacity: .3; stroke: var(--bar); stroke-width: 1.5; }
        .grid { stroke: var(--line); }
        .wide { overflow-x: auto; } table { border-collapse: collapse; width: 100%; font-size: .92rem; }
        th, td { text-align: left; vertical-align: top; padding: .35rem .75rem .35rem 0; border-bottom: 1px solid var(--line); }
        td.number, th.number { text-align: right; white-space: nowrap; font-variant-numeric: tabular-nums; }
        @media print { body { max-width: none; } }
        """
}
