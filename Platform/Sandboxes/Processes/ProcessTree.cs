namespace Squad.Platform.Sandboxes.Processes;

/// <summary>
/// All living processes of a sandbox: those that carry its id in their environment, those in the wrapper's session while the wrapper lives,
/// and all descendants of either (Keeper adopts its orphans). Only one that has shed all three ties is missed.
/// </summary>
internal static class ProcessTree
{
    public const string Variable = "SQUAD_SANDBOX_ID";

    /// <param name="wrapper">The wrapper if it lives, checked by its start time; null otherwise.</param>
    public static IReadOnlyList<ProcessInfo> Find(string id, ProcessInfo? wrapper)
    {
        var all = ProcFs.All().ToList();
        var marker = $"{Variable}={id}";
        var children = all.ToLookup(process => process.Parent);
        var found = new Dictionary<int, ProcessInfo>();
        var open = new Stack<ProcessInfo>(all.Where(process =>
            process.Pid != Environment.ProcessId
            && ((wrapper is not null && process.Session == wrapper.Pid) || ProcFs.HasVariable(process.Pid, marker))));
        while (open.TryPop(out var process))
        {
            if (!found.TryAdd(process.Pid, process))
                continue;
            foreach (var child in children[process.Pid])
                open.Push(child);
        }
        return [.. found.Values];
    }

    /// <summary>Stops every process of it until none is left that could start another: from then on the tree is still.</summary>
    public static IReadOnlyList<ProcessInfo> Freeze(string id, ProcessInfo? wrapper)
    {
        // Each round can only meet what the one before let slip; a fork bomb loses because its stopped part grows.
        IReadOnlyList<ProcessInfo> found = [];
        for (var round = 0; round < 100; round++)
        {
            found = Find(id, wrapper);
            var moving = found.Where(process => process.State is not ('T' or 't')).ToList();
            if (moving.Count == 0)
                break;
            foreach (var process in moving)
                ProcessSignals.Send(process, UnixSignal.Stop);
        }
        return found;
    }

    public static void Thaw(string id, ProcessInfo? wrapper)
    {
        foreach (var process in Find(id, wrapper))
            ProcessSignals.Send(process, UnixSignal.Continue);
    }
}
