using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using Squad.Platform.Sandboxes;
using Squad.Platform.Sandboxes.Docker;
using Squad.Platform.Sandboxes.Processes;

namespace Squad.Platform.Tests.Sandboxes;

public sealed class SandboxOptionsTests
{
    [Fact]
    public void The_defaults_are_valid() => Assert.True(new SandboxOptionsValidator().Validate(null, new SandboxOptions()).Succeeded);

    [Fact]
    public void All_problems_are_reported_at_once_by_their_keys()
    {
        var options = Bind(new()
        {
            ["Squad:Sandbox:Image"] = " ",
            ["Squad:Sandbox:Docker:Host"] = "ftp://x",
            ["Squad:Sandbox:Docker:Certificate"] = "/no/such/file",
            ["Squad:Sandbox:Limits:Cpus"] = "0",
            ["Squad:Sandbox:Limits:MemoryBytes"] = "5",
        });
        var failures = Assert.Throws<OptionsValidationException>(() => options.GetRequiredService<IOptions<SandboxOptions>>().Value).Failures.ToList();
        foreach (var key in (string[])["Image", "Docker:Host", "Docker:Certificate names", "Docker:Certificate and", "Limits:Cpus", "Limits:MemoryBytes"])
            Assert.Contains(failures, failure => failure.StartsWith($"Squad:Sandbox:{key}", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("unix:///var/run/docker.sock", "unix:///var/run/docker.sock")]
    [InlineData("tcp://10.0.0.1:2375", "http://10.0.0.1:2375")]
    [InlineData("https://docker.example:2376", "https://docker.example:2376")]
    [InlineData("unix://relative", null)]
    [InlineData("ssh://host", null)]
    [InlineData("http://", null)]
    [InlineData("https://host/path", null)]
    [InlineData("", null)]
    public void An_address_is_understood_or_refused(string host, string? expected) =>
        Assert.Equal(expected, DockerEndpoint.Parse(host).Value?.ToString());

    [Fact]
    public async Task Without_a_daemon_the_choice_falls_on_processes_with_a_warning()
    {
        await using var services = Bind(new() { ["Squad:Sandbox:Docker:Host"] = "unix:///no/such/docker.sock", ["Squad:Sandbox:KeeperPath"] = "/bin/true" });
        var selector = services.GetRequiredService<SandboxEngineSelector>();
        Assert.Throws<InvalidOperationException>(() => selector.Current);
        foreach (var hosted in services.GetServices<IHostedService>().OfType<IHostedLifecycleService>())
            await hosted.StartingAsync(default);

        Assert.IsType<ProcessSandboxEngine>(services.GetRequiredService<ISandboxEngine>());
        Assert.Equal(SandboxEngineSelector.NoIsolationCode, selector.Current.Warning?.Code);
        Assert.Contains("/no/such/docker.sock", selector.Current.Warning!.Message);
        Assert.Equal("docker", selector.Find("docker")?.Name);
        Assert.Null(selector.Find("other"));
    }

    [Fact]
    public async Task Where_nothing_works_the_warning_says_why()
    {
        await using var services = Bind(new() { ["Squad:Sandbox:Docker:Host"] = "unix:///no/such/docker.sock", ["Squad:Sandbox:KeeperPath"] = "/no/such/keeper" });
        var selection = await services.GetRequiredService<SandboxEngineSelector>().SelectAsync();
        Assert.Equal(SandboxErrors.UnavailableCode, selection.Warning?.Code);
        Assert.Contains("/no/such/keeper", selection.Warning!.Message);
        Assert.Contains("/no/such/docker.sock", selection.Warning.Message);
    }

    [Fact]
    public async Task Docker_asked_for_is_not_replaced_when_it_is_missing()
    {
        await using var services = Bind(new() { ["Squad:Sandbox:Engine"] = "docker", ["Squad:Sandbox:Docker:Host"] = "unix:///no/such/docker.sock" });
        var selection = await services.GetRequiredService<SandboxEngineSelector>().SelectAsync();
        Assert.IsType<DockerSandboxEngine>(selection.Engine);
        Assert.Equal(SandboxErrors.UnavailableCode, selection.Warning?.Code);
    }

    private static ServiceProvider Bind(Dictionary<string, string?> settings)
    {
        var configuration = new ConfigurationBuilder().AddInMemoryCollection(settings).Build();
        return new ServiceCollection().AddLogging().AddSquadSandboxes(configuration).BuildServiceProvider();
    }
}
