using Squad.Platform.Sandboxes;

namespace Squad.Simulation;

/// <summary>
/// One sandbox: a Keeper and an engine that follow a script of the seed's, in the world outside of silos. Workspace, engine start, some output and
/// questions, an end with a code. TERM ends it after a while; KILL, a lack of memory and an administrator at once.
/// </summary>
internal sealed class SimulatedSandbox
{
    private static readonly TimeSpan QuestionPatience = TimeSpan.FromSeconds(40);

    private readonly SimulatedNode node;
    private readonly Random random;
    private readonly TaskCompletionSource<SandboxExit> exited = new();
    private readonly int code;
    private int linesLeft;
    private bool engineRuns;
    private bool asks;
    private bool due;

    public SimulatedSandbox(SimulatedNode node, SandboxSpec spec)
    {
        this.node = node;
        random = node.World.Random;
        Spec = spec;
        Ref = new SandboxRef(node.NewId(), spec.Name);
        linesLeft = random.Next(0, 25);
        code = random.Next(3) == 0 ? random.Next(1, 100) : 0;
    }

    public SandboxRef Ref { get; }

    public SandboxSpec Spec { get; }

    public SandboxPhase Phase { get; private set; } = SandboxPhase.Created;

    public SandboxExit? Exit { get; private set; }

    /// <summary>Whether it takes room on its node.</summary>
    public bool IsAlive => Phase is SandboxPhase.Running or SandboxPhase.Paused;

    public string Session => Spec.Labels[SandboxLabels.Session];

    /// <summary>Completes with its end.</summary>
    public Task<SandboxExit> Exited => exited.Task;

    private KeeperDirectory? Directory => node.Directories.GetValueOrDefault(Spec.Directory);

    public SandboxStatus Status => new(Ref, Phase, Spec.Labels, Spec.Directory, Exit);

    public void Start()
    {
        if (Phase != SandboxPhase.Created)
            return;
        Phase = SandboxPhase.Running;
        node.World.Story.Add($"sandbox {Ref.Id} of {Session} starts");
        Later(5, 200, () =>
        {
            if (Directory is not { } directory)
            {
                End(new SandboxExit(2, false)); // Keeper finds no directory
                return;
            }

            directory.Open(this);
            Later(1, 500, () => Say("workspace.ready", "", () => Later(1, 300, StartEngine)));
        });
    }

    public void Pause() => Phase = SandboxPhase.Paused;

    public void Resume()
    {
        Phase = SandboxPhase.Running;
        if (due)
            Step();
        due = false;
    }

    /// <summary>Types into the engine. False: it does not run.</summary>
    public bool Type(string text)
    {
        if (!engineRuns || Phase != SandboxPhase.Running)
            return false;
        if (asks)
        {
            asks = false;
            Later(1, 500, Step);
        }

        return true;
    }

    /// <summary>Asks it to end.</summary>
    public void Terminate()
    {
        Phase = SandboxPhase.Running;
        Later(1, 4000, () => Leave(143));
    }

    /// <summary>Ends it at once.</summary>
    public void Kill(int? withCode = 137, bool outOfMemory = false) => End(new SandboxExit(withCode, outOfMemory));

    private void StartEngine()
    {
        engineRuns = true;
        Say("engine.started", "", () => Later(1, 3000, Step));
    }

    private void Step()
    {
        if (Phase == SandboxPhase.Paused)
        {
            due = true;
            return;
        }

        if (linesLeft-- <= 0)
        {
            Leave(code);
            return;
        }

        switch (random.Next(12))
        {
            case 0:
                asks = true;
                Say("approval.asked", "", () => { });
                WaitForAnswer();
                break;
            case 1:
                Say("diff.changed", $"\"added\":{random.Next(9)},\"removed\":1,\"files\":1", () => Later(10, 2000, Step));
                break;
            default:
                Say("engine.output", "\"stream\":\"stdout\",\"text\":\"line\"", () => Later(0, random.Next(8) == 0 ? 6000 : 300, Step));
                break;
        }
    }

    private void Leave(int withCode)
    {
        if (!IsAlive)
            return;
        if (!engineRuns)
        {
            End(new SandboxExit(withCode, false));
            return;
        }

        engineRuns = asks = false;
        Say("engine.exited", $"\"code\":{withCode},\"signal\":null,\"ms\":5", () => Later(1, 50, () => End(new SandboxExit(withCode, false))));
    }

    /// <summary>A question that nobody answers ends the engine, but not while it is frozen.</summary>
    private void WaitForAnswer() => node.World.Outside.After(QuestionPatience, () =>
    {
        if (asks && Phase == SandboxPhase.Paused)
            WaitForAnswer();
        else if (asks && Phase == SandboxPhase.Running)
            Leave(3);
    });

    private void Say(string type, string members, Action then)
    {
        if (!IsAlive)
            return;
        Directory?.Write(Ref.Id, type, members);
        then();
    }

    private void Later(int fromMs, int toMs, Action act) => node.World.Outside.After(TimeSpan.FromMilliseconds(random.Next(fromMs, toMs)), () =>
    {
        if (Phase is not SandboxPhase.Exited)
            act();
    });

    private void End(SandboxExit exit)
    {
        if (Phase == SandboxPhase.Exited)
            return;
        Phase = SandboxPhase.Exited;
        Exit = exit;
        engineRuns = asks = false;
        node.World.Story.Add($"sandbox {Ref.Id} of {Session} ends with {exit.Code?.ToString() ?? "nothing"}");
        if (Directory is { } directory && directory.Listening == this)
            directory.Close();

        exited.TrySetResult(exit);
    }
}
