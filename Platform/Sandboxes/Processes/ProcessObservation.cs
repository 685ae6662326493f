using System.Globalization;

namespace Squad.Platform.Sandboxes.Processes;

/// <summary>What can be seen of a process sandbox at one moment.</summary>
/// <param name="Wrapper">The living wrapper, else null.</param>
/// <param name="Keeper">The living Keeper, else null.</param>
internal sealed record ProcessObservation(SandboxPhase Phase, SandboxExit? Exit, ProcessInfo? Wrapper, ProcessInfo? Keeper)
{
    /// <summary>
    /// Reads the traces that wrapper and Keeper leave, and looks whether they live. A process counts as theirs only if it was started at the very
    /// tick they wrote down, in this boot of the machine.
    /// </summary>
    public static ProcessObservation Of(ProcessFiles files)
    {
        var started = ProcessFiles.Lines(files.Started);
        if (started.Length < 2 || ProcFs.Parse(started[1]) is not { } wrapperThen)
            return new(SandboxPhase.Created, null, null, null);

        var sameBoot = started[0] == ProcFs.BootId;
        var wrapper = sameBoot ? Living(wrapperThen) : null;
        var keeper = sameBoot && ProcessFiles.Lines(files.Keeper) is [var line, ..] && ProcFs.Parse(line) is { } keeperThen ? Living(keeperThen) : null;
        // The exit is read after the look at the wrapper, which writes it before it ends: a dead wrapper's exit is not overlooked.
        if (ProcessFiles.Lines(files.Exit) is [var text, ..] && int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var code))
            return new(SandboxPhase.Exited, new SandboxExit(code, OutOfMemory: false), wrapper, keeper);
        if (wrapper is null && keeper is null)
            return new(SandboxPhase.Exited, new SandboxExit(null, OutOfMemory: false), null, null);
        var paused = (keeper ?? wrapper)!.State is 'T' or 't';
        return new(paused ? SandboxPhase.Paused : SandboxPhase.Running, null, wrapper, keeper);
    }

    public bool IsActive => Phase is SandboxPhase.Running or SandboxPhase.Paused;

    private static ProcessInfo? Living(ProcessInfo then) =>
        ProcFs.Find(then.Pid) is { IsAlive: true } now && now.Start == then.Start ? now : null;
}
