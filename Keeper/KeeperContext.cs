using Squad.Keeper.Events;
using Squad.Keeper.Loop;
using Squad.Keeper.Processes;

namespace Squad.Keeper;

/// <summary>What the parts of one Keeper share.</summary>
internal sealed record KeeperContext(KeeperOptions Options, EventLoop Loop, Children Children, Helper Helper, Journal Journal, EventWriter Writer);
