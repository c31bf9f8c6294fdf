// node --require ./loopback_only.cjs: whatever the program listens on, it does so on this machine alone.
const net = require("node:net");

const listen = net.Server.prototype.listen;
net.Server.prototype.listen = function listenHere(...given) {
  const [first] = given;
  const done = given.find((each) => typeof each === "function");
  if (first !== null && typeof first === "object" && "port" in first) {
    return listen.call(this, { ...first, host: "127.0.0.1" }, done);
  }
  if (Number.isInteger(Number(first))) return listen.call(this, { port: Number(first), host: "127.0.0.1" }, done);
  return listen.apply(this, given);
};
