using System.Diagnostics.CodeAnalysis;

namespace Squad.EndToEnd;

/// <summary>What a test needs from its machine. Missing, it skips with the reason; in CI (<c>CI=true</c>) it fails, so that no suite goes missing unseen.</summary>
internal static class Requires
{
    public static void That([DoesNotReturnIf(false)] bool present, string what)
    {
        if (present)
            return;
        if (Environment.GetEnvironmentVariable("CI") == "true")
            Assert.Fail($"CI must have what this test needs: {what}");
        Assert.Skip($"This test needs {what}.");
    }

    /// <summary>A daemon that answers and has the session image.</summary>
    public static void Docker() => That(Tests.Support.Docker.IsThere, "a Docker daemon with the image squad-session:latest (make image)");
}
