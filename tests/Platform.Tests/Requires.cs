using System.Diagnostics.CodeAnalysis;

namespace Squad.Platform.Tests;

/// <summary>What a test needs from its machine. Missing, it skips with the reason; in CI (<c>CI=true</c>) it fails, so that no suite goes missing unseen.</summary>
public static class Requires
{
    public static bool IsCi { get; } = string.Equals(Environment.GetEnvironmentVariable("CI"), "true", StringComparison.OrdinalIgnoreCase);

    /// <summary>Goes on when <paramref name="present"/>.</summary>
    public static void That([DoesNotReturnIf(false)] bool present, string reason)
    {
        if (!present)
            Missing(reason);
    }

    [DoesNotReturn]
    public static void Missing(string reason)
    {
        if (IsCi)
            Assert.Fail($"CI must have what this test needs: {reason}");
        Assert.Skip(reason);
        throw new InvalidOperationException("A skip ends the test.");
    }
}
