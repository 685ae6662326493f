namespace Squad.Grains.Sessions;

/// <summary>Section <c>Squad:Sessions</c>.</summary>
public sealed class SessionOptions
{
    /// <summary>How long a stopped engine may clean up before it is killed. Default: 10 seconds.</summary>
    public TimeSpan StopGrace { get; set; } = TimeSpan.FromSeconds(10);
}
