export const help = `Scaffolds a Syncline plugin: a package with its conformance test.

  npm create syncline-plugin@latest -- --kind transport --name @acme/syncline-inbox

  --kind adapter|transport   a database's adapter, or a way of calling downstreams
  --name NAME                the package's name: @acme/syncline-db2, syncline-db2
  --directory PATH           where it is written: a new or empty folder (default: the name without its scope)
  -y, --yes                  ask nothing
  -h, --help                 this
  -v, --version              the version of this scaffolder

At a terminal, what is missing is asked for. Elsewhere, and with --yes, --kind and --name are needed.
Exit codes: 0 written, 1 failed or cancelled, 2 wrong flags.
`;
