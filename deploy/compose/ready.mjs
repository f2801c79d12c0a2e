/** `node ready.mjs PORT`, the health check of a container: fails with what the service lacks. */
const fail = (reason) => {
  process.stdout.write(reason);
  process.exit(1);
};

const url = `http://127.0.0.1:${process.argv[2]}/health/ready`;
const answer = await fetch(url).catch(({ cause }) => fail(String(cause)));
if (!answer.ok) fail(await answer.text());
