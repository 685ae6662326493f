using Orleans;

namespace Squad.Sessions;

/// <summary>Where a session is in its life. The transitions are in one table, <c>Grains/Sessions/SessionLifecycle.cs</c>.</summary>
[GenerateSerializer, Alias("squad.session-state")]
public enum SessionState
{
    /// <summary>Admitted; waits for a node with room.</summary>
    Queued,

    /// <summary>A node is making its sandbox.</summary>
    Provisioning,

    /// <summary>Keeper makes the workspace and runs the setup hook.</summary>
    SettingUp,

    /// <summary>The engine works.</summary>
    Running,

    /// <summary>The engine waits for a person.</summary>
    NeedsInput,

    /// <summary>The sandbox is frozen.</summary>
    Paused,

    /// <summary>Asked to stop; the engine may still be cleaning up.</summary>
    Stopping,

    /// <summary>Ended as wished: the engine finished with 0, or was stopped.</summary>
    Stopped,

    /// <summary>Ended by an error that <c>reason</c> tells.</summary>
    Failed,

    /// <summary>Its sandbox is gone and nobody can say how it ended.</summary>
    Lost,
}
