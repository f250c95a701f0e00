// Package config reads configs/config.yaml and GATEWAY_* from the environment.
package config

import "github.com/spf13/viper"

// Gateway is what the gateway can be told.
type Gateway struct {
	ListenAddr      string `mapstructure:"listen_addr"`
	QueueBaseURL    string `mapstructure:"queue_base_url"`
	OrchestratorURL string `mapstructure:"orchestrator_url"`
}

// Load reads the file, then the environment over it.
func Load() (cfg Gateway, err error) {
	v := viper.New()
	v.SetConfigName("config")
	v.AddConfigPath("./configs")
	v.SetEnvPrefix("GATEWAY")
	v.AutomaticEnv()
	v.SetDefault("orchestrator_url", "http://localhost:8081")
	if err = v.ReadInConfig(); err != nil {
		return
	}
	err = v.Unmarshal(&cfg)
	return
}
